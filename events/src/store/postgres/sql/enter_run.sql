UPDATE {schema}.letters l
SET run = $2, run_place = picked.place
FROM unnest($1) WITH ORDINALITY AS picked (letter_id, place)
WHERE l.letter_id = picked.letter_id
