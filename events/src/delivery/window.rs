//! Which events are under way, and how far everything is done.

use std::collections::VecDeque;

use crate::id::Position;

/// Events in the order of the log, from the first that isn't done. The checkpoint is the place
/// before it.
#[derive(Debug)]
pub(super) struct Window {
    slots: VecDeque<Slot>,
    /// The ticket of the first slot.
    first: u64,
    /// Everything at or before it is done.
    done: Position,
    /// Everything at or before it has been taken in.
    taken: Position,
}

#[derive(Debug)]
struct Slot {
    position: Position,
    done: bool,
}

/// An event's place in the window.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Ticket(u64);

impl Window {
    pub(super) fn new(checkpoint: Position) -> Self {
        Self { slots: VecDeque::new(), first: 0, done: checkpoint, taken: checkpoint }
    }

    /// Takes an event in that is not done yet.
    pub(super) fn push(&mut self, position: Position) -> Ticket {
        self.taken = self.taken.max(position);
        let ticket = Ticket(self.first + self.slots.len() as u64);
        self.slots.push_back(Slot { position, done: false });
        ticket
    }

    /// Takes an event in that is done, or that nothing has to be done about; of a stretch of the
    /// log without events, its end.
    pub(super) fn pass(&mut self, position: Position) {
        self.taken = self.taken.max(position);
        if self.slots.is_empty() {
            self.done = self.done.max(position);
        } else {
            self.slots.push_back(Slot { position, done: true });
        }
    }

    /// Ends an event that was taken in.
    pub(super) fn finish(&mut self, ticket: Ticket) {
        let index = ticket.0.checked_sub(self.first).and_then(|index| usize::try_from(index).ok());
        if let Some(slot) = index.and_then(|index| self.slots.get_mut(index)) {
            slot.done = true;
        }
        while let Some(slot) = self.slots.pop_front_if(|slot| slot.done) {
            self.first += 1;
            self.done = self.done.max(slot.position);
        }
    }

    /// How many events lie between the first that isn't done and the last that was taken in.
    pub(super) fn len(&self) -> usize {
        self.slots.len()
    }

    pub(super) fn checkpoint(&self) -> Position {
        self.done
    }

    /// Where the checkpoint would be if these events were done too; their tickets in the order in which
    /// they were given.
    pub(super) fn checkpoint_with(&self, tickets: &[Ticket]) -> Position {
        let done = |(ticket, slot): &(u64, &Slot)| slot.done || tickets.binary_search(&Ticket(*ticket)).is_ok();
        let last = (self.first..).zip(&self.slots).take_while(done).last();
        last.map_or(self.done, |(_, slot)| self.done.max(slot.position))
    }

    pub(super) fn taken(&self) -> Position {
        self.taken
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(position: u64) -> Position {
        Position::new(position)
    }

    #[test]
    fn the_checkpoint_waits_for_the_first_event_that_is_not_done() {
        let mut window = Window::new(at(10));
        window.pass(at(11));
        assert_eq!(window.checkpoint(), at(11));
        let (first, second) = (window.push(at(12)), window.push(at(14)));
        window.pass(at(15));
        window.finish(second);
        assert_eq!((window.checkpoint(), window.taken(), window.len()), (at(11), at(15), 3));
        window.finish(first);
        assert_eq!((window.checkpoint(), window.len()), (at(15), 0));
    }

    #[test]
    fn a_batch_moves_the_checkpoint_past_all_of_it() {
        let mut window = Window::new(at(0));
        let tickets = [1, 3, 5, 6].map(|position| window.push(at(position)));
        let [first, second, third, _] = tickets;
        window.pass(at(7));
        assert_eq!(window.checkpoint_with(&[first, second]), at(3));
        assert_eq!(window.checkpoint_with(&[first, third]), at(1));
        assert_eq!(window.checkpoint_with(&[second, third]), at(0));
        window.finish(first);
        assert_eq!(window.checkpoint_with(&[second, third]), at(5));
        assert_eq!(window.checkpoint_with(&tickets), at(7));
    }

    #[test]
    fn an_event_that_ends_twice_ends_once() {
        let mut window = Window::new(at(0));
        let first = window.push(at(1));
        let second = window.push(at(2));
        window.finish(first);
        window.finish(first);
        assert_eq!(window.checkpoint(), at(1));
        window.finish(second);
        assert_eq!(window.checkpoint(), at(2));
    }
}
