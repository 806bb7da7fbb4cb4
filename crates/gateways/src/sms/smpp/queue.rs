//! Messages on their way: parts waiting in lanes, and what is known about each message.
//!
//! Pure bookkeeping without I/O or time. Parts, not messages, take turns: a long newsletter does not hold up a one-time code.

use std::{
    collections::{HashMap, VecDeque},
    time::Duration,
};

use base::{clock::Millis, phone::PhoneNumber};
use tokio::sync::oneshot;

use crate::sms::{Accepted, Encoding, Lane, Queued, Refusal, SmsError};

/// Parts one lane may hold; more would only wait for minutes here instead of in the outbox.
const LANE_LIMIT: usize = 20_000;
/// How often the operator may answer "later" to a part of a message of which nothing is accepted.
const ATTEMPTS: u32 = 8;
/// The same when other parts are accepted already: giving up then means an unknown message, so we try longer.
const ATTEMPTS_STARTED: u32 = 40;

pub(super) type Answer = Result<Accepted, SmsError>;

/// A message that entered the queue.
pub(super) struct Message {
    pub reference: u16,
    pub to: PhoneNumber,
    pub encoding: Encoding,
    /// Octets of each submit.
    pub parts: Vec<Vec<u8>>,
    /// Parts the operator bills; more than `parts.len()` when a long text travels as one payload.
    pub billed: u8,
    /// Joins the parts on the phone (TS 23.040, section 9.2.3.24.1).
    pub concatenation: u8,
    pub lane: Lane,
    pub deliver_by: Option<Millis>,
    pub reply: oneshot::Sender<Answer>,
}

struct Entry {
    message: Message,
    /// The operator's id of each accepted part.
    ids: Vec<Option<String>>,
    /// Submitted and not answered.
    outstanding: usize,
}

impl Entry {
    fn accepted(&self) -> Vec<String> {
        self.ids.iter().flatten().cloned().collect()
    }

    /// Whether giving up now leaves nothing behind at the operator.
    fn untouched(&self) -> bool {
        self.outstanding == 0 && self.ids.iter().all(Option::is_none)
    }
}

/// One part, waiting or under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Part {
    pub message: u64,
    pub index: usize,
    /// Times the operator answered "later".
    attempts: u32,
}

/// All messages that wait for an answer.
#[derive(Default)]
pub(super) struct Queue {
    lanes: [VecDeque<Part>; 3],
    entries: HashMap<u64, Entry>,
    next: u64,
}

impl Queue {
    /// Appends a message to its lane; gives it back if the lane is full.
    pub fn push(&mut self, message: Message) -> Result<(), Message> {
        let lane = &mut self.lanes[lane_index(message.lane)];
        if lane.len() + message.parts.len() > LANE_LIMIT {
            return Err(message);
        }
        let key = self.next;
        self.next += 1;
        lane.extend((0..message.parts.len()).map(|index| Part { message: key, index, attempts: 0 }));
        let ids = vec![None; message.parts.len()];
        self.entries.insert(key, Entry { message, ids, outstanding: 0 });
        Ok(())
    }

    /// The next part to submit. `urgent_only` when the last free place of the window is kept for what is urgent. Drops on the way what
    /// nobody waits for any more and answers what is too late.
    pub fn pop(&mut self, urgent_only: bool, now: Millis) -> Option<(Part, &Message)> {
        let lanes = if urgent_only { 1 } else { self.lanes.len() };
        let mut found = None;
        'lanes: for lane in &mut self.lanes[..lanes] {
            while let Some(part) = lane.pop_front() {
                let Some(entry) = self.entries.get(&part.message) else { continue };
                if entry.untouched() && entry.message.reply.is_closed() {
                    self.entries.remove(&part.message);
                } else if entry.untouched() && entry.message.deliver_by.is_some_and(|by| by < now) {
                    let refusal = Err(SmsError::Permanent(Refusal::Expired));
                    self.entries.remove(&part.message).map(|entry| entry.message.reply.send(refusal));
                } else {
                    found = Some(part);
                    break 'lanes;
                }
            }
        }
        let part = found?;
        let entry = self.entries.get_mut(&part.message)?;
        entry.outstanding += 1;
        Some((part, &entry.message))
    }

    /// A popped part that did not leave, or that the operator wants later, is the first in its lane again.
    pub fn put_back(&mut self, part: Part) {
        if let Some(entry) = self.entries.get_mut(&part.message) {
            entry.outstanding -= 1;
            self.lanes[lane_index(entry.message.lane)].push_front(part);
        }
    }

    /// The operator took a part. Answers the message when it was the last one.
    pub fn accept(&mut self, part: Part, message_id: String) {
        let Some(entry) = self.entries.get_mut(&part.message) else { return };
        entry.outstanding -= 1;
        entry.ids[part.index] = Some(message_id);
        if entry.ids.iter().all(Option::is_some) {
            let answer = Ok(Accepted { message_ids: entry.accepted(), parts: entry.message.billed });
            self.answer(part.message, answer);
        }
    }

    /// The operator refused a part for good: the message cannot become whole.
    pub fn refuse(&mut self, part: Part, refusal: Refusal) {
        self.answer(part.message, Err(SmsError::Permanent(refusal)));
    }

    /// The operator cannot take a part for some time. Gives the message back to its sender if nothing of it is accepted or under way;
    /// `false` if it must be finished here.
    pub fn return_to_sender(&mut self, part: Part, after: Duration) -> bool {
        let returned = self.is_only_trace(part);
        if returned {
            self.answer(part.message, Err(SmsError::Retry { after }));
        }
        returned
    }

    /// The operator wants a part later. Tried again from the front of its lane; after too many times the sender decides.
    pub fn postpone(&mut self, part: Part, after: Duration) {
        let part = Part { attempts: part.attempts + 1, ..part };
        if part.attempts >= ATTEMPTS && self.return_to_sender(part, after) {
            return;
        }
        if part.attempts >= ATTEMPTS_STARTED {
            self.lose(part);
        } else {
            self.put_back(part);
        }
    }

    /// Whether this part, refused for now, is all the operator has seen of its message.
    fn is_only_trace(&self, part: Part) -> bool {
        self.entries
            .get(&part.message)
            .is_some_and(|entry| entry.outstanding == 1 && entry.ids.iter().all(Option::is_none))
    }

    /// No answer came. Gives what a late answer would need.
    pub fn lose(&mut self, part: Part) -> Option<(u16, PhoneNumber)> {
        let entry = self.entries.get(&part.message)?;
        let late = (entry.message.reference, entry.message.to.clone());
        let answer = Err(SmsError::Unknown { accepted: entry.accepted() });
        self.answer(part.message, answer);
        Some(late)
    }

    /// The connection is gone: everything is answered, by what is known of it. Returns how many messages are unknown.
    pub fn fail_all(&mut self) -> usize {
        let mut unknown = 0;
        for entry in std::mem::take(&mut self.entries).into_values() {
            let answer = if entry.untouched() {
                SmsError::NotConnected
            } else {
                unknown += 1;
                SmsError::Unknown { accepted: entry.accepted() }
            };
            // A sender that stopped waiting treats the message as unknown by contract.
            let _ = entry.message.reply.send(Err(answer));
        }
        self.lanes.iter_mut().for_each(VecDeque::clear);
        unknown
    }

    /// Parts waiting in each lane, including some nobody waits for any more.
    pub fn waiting(&self) -> Queued {
        let [urgent, normal, bulk] = self.lanes.each_ref().map(VecDeque::len);
        Queued { urgent, normal, bulk }
    }

    fn answer(&mut self, message: u64, answer: Answer) {
        if let Some(entry) = self.entries.remove(&message) {
            let _ = entry.message.reply.send(answer); // as in `fail_all`
        }
    }
}

const fn lane_index(lane: Lane) -> usize {
    match lane {
        Lane::Urgent => 0,
        Lane::Normal => 1,
        Lane::Bulk => 2,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LATER: Duration = Duration::from_secs(1);

    fn message(lane: Lane, parts: usize) -> (Message, oneshot::Receiver<Answer>) {
        let (reply, answer) = oneshot::channel();
        let message = Message {
            reference: 1,
            to: PhoneNumber::parse("0914402045").unwrap(),
            encoding: Encoding::Gsm,
            parts: vec![vec![b'a']; parts],
            billed: u8::try_from(parts).unwrap(),
            concatenation: 1,
            lane,
            deliver_by: None,
            reply,
        };
        (message, answer)
    }

    fn push(queue: &mut Queue, lane: Lane, parts: usize) -> oneshot::Receiver<Answer> {
        let (message, answer) = message(lane, parts);
        assert!(queue.push(message).is_ok());
        answer
    }

    fn pop(queue: &mut Queue) -> Option<Part> {
        queue.pop(false, 0).map(|(part, _)| part)
    }

    #[test]
    fn w5_lanes_are_served_in_order_whatever_came_first() {
        let mut queue = Queue::default();
        let waiting = [Lane::Bulk, Lane::Normal, Lane::Urgent].map(|lane| push(&mut queue, lane, 1));
        let order: Vec<_> = std::iter::from_fn(|| pop(&mut queue)).map(|part| part.message).collect();
        assert_eq!(order, [2, 1, 0]);
        drop(waiting);
    }

    #[test]
    fn the_last_place_of_the_window_is_for_what_is_urgent() {
        let mut queue = Queue::default();
        let _bulk = push(&mut queue, Lane::Bulk, 1);
        assert!(queue.pop(true, 0).is_none());
        let _urgent = push(&mut queue, Lane::Urgent, 1);
        assert!(queue.pop(true, 0).is_some());
    }

    #[test]
    fn a_message_is_accepted_when_all_its_parts_are_in_their_order() {
        let mut queue = Queue::default();
        let mut answer = push(&mut queue, Lane::Normal, 2);
        let (first, second) = (pop(&mut queue).unwrap(), pop(&mut queue).unwrap());
        queue.accept(second, "b".into());
        assert!(answer.try_recv().is_err());
        queue.accept(first, "a".into());
        let accepted = answer.try_recv().unwrap().unwrap();
        assert_eq!(accepted, Accepted { message_ids: vec!["a".into(), "b".into()], parts: 2 });
    }

    #[test]
    fn a_lost_connection_tells_what_was_submitted_from_what_was_not() {
        let mut queue = Queue::default();
        let mut half = push(&mut queue, Lane::Urgent, 3);
        let mut sent = push(&mut queue, Lane::Normal, 1);
        let mut waiting = push(&mut queue, Lane::Bulk, 1);
        let first = pop(&mut queue).unwrap();
        queue.accept(first, "a".into());
        let (_, _) = (pop(&mut queue), pop(&mut queue));
        let _ = pop(&mut queue);
        assert_eq!(queue.fail_all(), 2);
        assert_eq!(half.try_recv().unwrap(), Err(SmsError::Unknown { accepted: vec!["a".into()] }));
        assert_eq!(sent.try_recv().unwrap(), Err(SmsError::Unknown { accepted: vec![] }));
        assert_eq!(waiting.try_recv().unwrap(), Err(SmsError::NotConnected));
        assert_eq!(queue.waiting(), Queued::default());
    }

    #[test]
    fn later_means_a_few_times_here_and_then_the_sender_decides() {
        let mut queue = Queue::default();
        let mut answer = push(&mut queue, Lane::Normal, 1);
        let mut tries = 0;
        while let Some(part) = pop(&mut queue) {
            tries += 1;
            queue.postpone(part, LATER);
        }
        assert_eq!(tries, ATTEMPTS);
        assert_eq!(answer.try_recv().unwrap(), Err(SmsError::Retry { after: LATER }));
    }

    #[test]
    fn a_message_that_is_partly_accepted_is_never_answered_with_retry() {
        let mut queue = Queue::default();
        let mut answer = push(&mut queue, Lane::Normal, 2);
        let first = pop(&mut queue).unwrap();
        queue.accept(first, "a".into());
        while let Some(part) = pop(&mut queue) {
            queue.postpone(part, LATER);
        }
        assert_eq!(answer.try_recv().unwrap(), Err(SmsError::Unknown { accepted: vec!["a".into()] }));
    }

    #[test]
    fn what_nobody_waits_for_and_what_is_too_late_is_not_submitted() {
        let mut queue = Queue::default();
        drop(push(&mut queue, Lane::Normal, 1));
        let (mut late, mut answer) = message(Lane::Normal, 1);
        late.deliver_by = Some(10);
        assert!(queue.push(late).is_ok());
        assert!(queue.pop(false, 11).is_none());
        assert_eq!(answer.try_recv().unwrap(), Err(SmsError::Permanent(Refusal::Expired)));
    }

    #[test]
    fn a_full_lane_refuses_and_leaves_room_in_the_others() {
        let mut queue = Queue::default();
        let _waiting: Vec<_> = (0..LANE_LIMIT / 10).map(|_| push(&mut queue, Lane::Bulk, 10)).collect();
        assert!(queue.push(message(Lane::Bulk, 1).0).is_err());
        assert!(queue.push(message(Lane::Urgent, 1).0).is_ok());
    }
}
