//! What the store keeps for durable handlers: which there are, who runs them, how far they have got,
//! and what waits behind their letters.
//!
//! A durable handler has one or several *lanes*, one per partition. A lane is a checkpoint in the
//! log and a lease: the process that holds it calls the handler. With every new owner the lane's
//! epoch grows; whoever writes names the epoch, so that an owner that was taken for dead and wakes
//! up again can write nothing. No clock has to be right for that: a wrong one only moves a lane too
//! early or too late.

mod handler;
mod lane;
mod process;
mod transaction;

pub use handler::{
    HandlerAction, HandlerChange, HandlerDeclaration, HandlerRow, HandlerState, LaneRow, RegisterHandlers,
};
pub use lane::{Advance, ClaimLanes, Lane, LaneAnswer, LaneAttempt, LaneLease, LaneWrite, LetterLane, ParkedKey};
pub use process::{Beat, ProcessRow};
pub use transaction::LaneTransaction;
