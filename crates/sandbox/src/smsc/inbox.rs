//! What phones received: the last messages, in memory only.

use std::collections::VecDeque;

use base::clock::Millis;

/// One message as a phone shows it.
#[derive(Clone, PartialEq, Eq)]
pub struct SmsMessage {
    /// `+84914402045`
    pub to: String,
    /// A brandname or a number.
    pub from: String,
    pub text: String,
    pub at: Millis,
    /// Parts it came in.
    pub parts: usize,
    /// The sender's `user_message_reference`, if it gave one.
    pub reference: Option<u16>,
}

/// `Debug` shows neither number nor text: these are somebody's codes, even in a demo.
impl std::fmt::Debug for SmsMessage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("SmsMessage").field("from", &self.from).field("parts", &self.parts).finish_non_exhaustive()
    }
}

/// A phone in the list: its number, how many messages, the time of the newest.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Phone {
    pub number: String,
    pub messages: usize,
    pub newest: Millis,
}

/// The last messages, oldest first; never more than its limit.
pub struct Inbox {
    messages: VecDeque<SmsMessage>,
    limit: usize,
    received: u64,
}

impl Inbox {
    pub fn new(limit: usize) -> Self {
        Self { messages: VecDeque::new(), limit: limit.max(1), received: 0 }
    }

    pub fn add(&mut self, message: SmsMessage) {
        if self.messages.len() >= self.limit {
            self.messages.pop_front();
        }
        self.messages.push_back(message);
        self.received += 1;
    }

    /// Newest first; of one phone (`+84…`) or of all.
    pub fn newest_first(&self, to: Option<&str>) -> Vec<SmsMessage> {
        self.messages.iter().rev().filter(|message| to.is_none_or(|to| message.to == to)).cloned().collect()
    }

    /// Phones, the one with the newest message first.
    pub fn phones(&self) -> Vec<Phone> {
        let mut phones: Vec<Phone> = Vec::new();
        let mut places = std::collections::HashMap::new();
        for message in self.messages.iter().rev() {
            let at = *places.entry(message.to.as_str()).or_insert_with(|| {
                phones.push(Phone { number: message.to.clone(), messages: 0, newest: message.at });
                phones.len() - 1
            });
            phones[at].messages += 1;
        }
        phones
    }

    /// Messages since the start, also those that are gone.
    pub fn received(&self) -> u64 {
        self.received
    }

    pub fn clear(&mut self) {
        self.messages.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_messages_are_kept_newest_first() {
        let mut inbox = Inbox::new(3);
        for (at, to) in [(1, "a"), (2, "b"), (3, "a"), (4, "a")] {
            inbox.add(SmsMessage {
                to: to.into(),
                from: "QT".into(),
                text: at.to_string(),
                at,
                parts: 1,
                reference: None,
            });
        }
        let texts = |to| inbox.newest_first(to).into_iter().map(|m| m.text).collect::<Vec<_>>();
        assert_eq!(texts(None), ["4", "3", "2"]);
        assert_eq!(texts(Some("a")), ["4", "3"]);
        assert_eq!(
            inbox.phones().iter().map(|p| (p.number.as_str(), p.messages)).collect::<Vec<_>>(),
            [("a", 2), ("b", 1)]
        );
        assert_eq!(inbox.received(), 4);
    }
}
