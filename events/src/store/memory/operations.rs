//! What operators have done and asked for.

use chrono::{DateTime, Utc};

use super::letters::Letters;
use crate::clock;
use crate::id::{HandlerName, ProcessId};
use crate::store::{
    AdvanceRun, ClaimRequest, FinishRequest, HandlerChange, LetterChange, LetterId, LetterPurge, NewRequest, Operation,
    OperationId, OperationKind, OperationState, PurgeSaid, Request, RunProgress, RunStep, StopRun, only,
};

#[derive(Default)]
pub(super) struct Operations {
    rows: Vec<Row>,
}

struct Row {
    operation: Operation,
    /// The place of the last letter that a run has begun.
    place: u64,
}

/// Who does it, why and when.
struct Said {
    by: String,
    reason: String,
    at: DateTime<Utc>,
}

impl Operations {
    pub(super) fn newest(&self, limit: usize) -> Vec<Operation> {
        self.rows.iter().rev().take(limit).map(|row| row.operation.clone()).collect()
    }

    pub(super) fn last(&self) -> Option<OperationId> {
        self.rows.last().map(|row| row.operation.id)
    }

    pub(super) fn get(&self, id: OperationId) -> Option<Operation> {
        self.row(id).map(|row| row.operation.clone())
    }

    pub(super) fn open(&self) -> Vec<Operation> {
        let open = self.rows.iter().filter(|row| row.operation.state.is_open());
        open.map(|row| row.operation.clone()).collect()
    }

    pub(super) fn note_letter_change(&mut self, change: LetterChange, letters: Vec<LetterId>) {
        let LetterChange { action, letters: query, by, reason, at } = change;
        let done = self.done(action.into(), query.handler, Said { by, reason, at });
        self.push(Operation { letters, ..done });
    }

    /// If somebody has asked for it.
    pub(super) fn note_purge(&mut self, purge: LetterPurge, removed: u64) {
        let result = purge.result(removed);
        let Some(PurgeSaid { by, reason, at }) = purge.said else { return };
        let done = self.done(OperationKind::Purge, None, Said { by, reason, at });
        self.push(Operation { result: Some(result), ..done });
    }

    pub(super) fn note_handler_change(&mut self, change: HandlerChange, letters: Vec<LetterId>) {
        let HandlerChange { handler, action, by, reason, at } = change;
        let done = self.done(action.into(), Some(handler), Said { by, reason, at });
        self.push(Operation { letters, ..done });
    }

    pub(super) fn request(&mut self, new: NewRequest, letters: &mut Letters) -> Option<Operation> {
        let open: Vec<_> = self.open().iter().map(|operation| operation.id).collect();
        let picked = letters.requested(&new, &open);
        let is_run = matches!(new.request, Request::Redrive(_));
        let picked = if is_run { picked.as_slice() } else { picked.get(..1).unwrap_or_default() };
        let handler = only(picked.iter().map(|letter| &letter.handler));
        let ids: Vec<_> = picked.iter().map(|letter| letter.id).collect();
        let total = u64::try_from(ids.len()).ok().filter(|total| *total > 0)?;
        let NewRequest { request, by, reason, at, .. } = new;
        let mut operation = Operation {
            state: OperationState::Requested,
            total,
            finished_at: None,
            ..self.done(request.kind(), handler, Said { by, reason, at })
        };
        operation.request = Some(request);
        if is_run {
            letters.enter_run(operation.id, &ids);
        } else {
            operation.letters = ids;
        }
        self.push(operation.clone());
        Some(operation)
    }

    /// `is_alive` tells whether a process is.
    pub(super) fn claim(&mut self, claim: ClaimRequest, is_alive: impl Fn(&ProcessId) -> bool) -> Option<Operation> {
        let row = self.row_mut(claim.id)?;
        let operation = &mut row.operation;
        let taken = operation.owner.as_ref().is_some_and(|owner| *owner != claim.owner && is_alive(owner));
        if taken || !operation.state.is_open() {
            return None;
        }
        operation.state = OperationState::Running;
        operation.owner = Some(claim.owner);
        operation.epoch += 1;
        Some(operation.clone())
    }

    pub(super) fn advance(&mut self, advance: &AdvanceRun, letters: &mut Letters) -> Option<RunStep> {
        let row = self.held(advance.id, advance.epoch)?;
        let (id, at) = (row.operation.id, clock::cut(advance.at));
        let (begun, place) = letters.begin_run(id, row.place, advance.letters, at);
        row.place = place;
        let total = row.operation.total;
        Some(RunStep { begun, more: letters.run_progress(id, total, place).waiting > 0 })
    }

    pub(super) fn progress(&self, id: OperationId, letters: &Letters) -> Option<RunProgress> {
        let row = self.row(id).filter(|row| matches!(row.operation.request, Some(Request::Redrive(_))))?;
        Some(letters.run_progress(id, row.operation.total, row.place))
    }

    pub(super) fn finish(&mut self, finish: FinishRequest, letters: &mut Letters) -> bool {
        let Some(row) = self.held(finish.id, finish.epoch) else { return false };
        row.operation.state = finish.state;
        row.operation.result = Some(finish.result);
        row.operation.finished_at = Some(clock::cut(finish.at));
        if let Some((letter, payload)) = finish.edited {
            letters.edit(letter, payload);
        }
        true
    }

    pub(super) fn stop(&mut self, stop: StopRun) -> bool {
        let StopRun { id, by, reason, at } = stop;
        let is_run = |row: &&mut Row| row.operation.state.is_open() && row.operation.action == OperationKind::Redrive;
        let Some(row) = self.row_mut(id).filter(is_run) else { return false };
        row.operation.state = OperationState::Stopped;
        row.operation.result = Some(format!("stopped by {by}"));
        row.operation.finished_at = Some(clock::cut(at));
        let handler = row.operation.handler.clone();
        let done = self.done(OperationKind::Stop, handler, Said { by, reason, at });
        self.push(Operation { request: Some(Request::Stop { run: id }), ..done });
        true
    }

    fn row(&self, id: OperationId) -> Option<&Row> {
        self.rows.iter().find(|row| row.operation.id == id)
    }

    fn row_mut(&mut self, id: OperationId) -> Option<&mut Row> {
        self.rows.iter_mut().find(|row| row.operation.id == id)
    }

    /// The request, if it is still in the hands that name it.
    fn held(&mut self, id: OperationId, epoch: u64) -> Option<&mut Row> {
        let mine = |row: &&mut Row| row.operation.state == OperationState::Running && row.operation.epoch == epoch;
        self.row_mut(id).filter(mine)
    }

    /// An operation that is done.
    fn done(&self, action: OperationKind, handler: Option<HandlerName>, said: Said) -> Operation {
        let at = clock::cut(said.at);
        Operation {
            id: OperationId::new(i64::try_from(self.rows.len()).unwrap_or(i64::MAX).saturating_add(1)),
            action,
            handler,
            by: said.by,
            reason: said.reason,
            at,
            letters: Vec::new(),
            state: OperationState::Done,
            request: None,
            total: 0,
            owner: None,
            epoch: 0,
            result: None,
            finished_at: Some(at),
        }
    }

    fn push(&mut self, operation: Operation) {
        self.rows.push(Row { operation, place: 0 });
    }
}
