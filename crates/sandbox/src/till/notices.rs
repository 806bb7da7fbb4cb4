//! Telling the merchant's server what became of an order, until it confirms, and the words that its browser takes back.

use super::{Fault, Notice, Order, SHOWN, State, Till, held, wire};
use base::keys::Secret;
use std::time::Duration;
use url::Url;

/// A bank that there is none of.
pub const BANK: &str = "THUNGHIEM";

impl Till {
    /// What became of an order, as browser and server take it.
    pub(super) fn words(&self, order: &Order) -> wire::Fields {
        let is_paid = order.state == State::Paid;
        let fields = [
            ("vnp_Amount", (order.amount * 100).to_string()),
            ("vnp_BankCode", BANK.to_owned()),
            ("vnp_BankTranNo", if is_paid { format!("THU{}", order.number) } else { String::new() }),
            ("vnp_CardType", if is_paid { "ATM" } else { "QRCODE" }.to_owned()),
            ("vnp_OrderInfo", order.purpose.clone()),
            ("vnp_PayDate", wire::time(order.decided_at)),
            ("vnp_ResponseCode", order.state.code().to_owned()),
            ("vnp_TmnCode", self.0.merchant.terminal.clone()),
            // Nothing was booked of what the person left.
            ("vnp_TransactionNo", if is_paid { order.number.to_string() } else { "0".to_owned() }),
            ("vnp_TransactionStatus", order.state.status().to_owned()),
            ("vnp_TxnRef", order.reference.clone()),
        ];
        fields.into_iter().map(|(name, value)| (name.to_owned(), value)).collect()
    }

    /// Where the browser goes back to.
    pub(super) fn way_back(&self, order: &Order) -> String {
        let join = if order.return_to.contains('?') { '&' } else { '?' };
        format!("{}{join}{}", order.return_to, wire::query(&self.words(order), &self.0.merchant.secret))
    }

    /// Begins to tell, beside the browser.
    pub(super) fn tell(&self, id: &str) {
        let (till, id) = (self.clone(), id.to_owned());
        tokio::spawn(async move {
            let stop = till.0.stop.clone();
            tokio::select! {
                () = till.tell_until_confirmed(&id) => {}
                () = stop.cancelled() => {}
            }
        });
    }

    async fn tell_until_confirmed(&self, id: &str) {
        if let Fault::NoticesLate(time) = self.fault() {
            tokio::time::sleep(time).await;
        }
        let mut pauses = self.0.pauses.iter();
        loop {
            let mut is_confirmed = self.tell_once(id).await;
            if self.fault() == Fault::NoticesTwice {
                is_confirmed &= self.tell_once(id).await;
            }
            match pauses.next() {
                Some(pause) if !is_confirmed => tokio::time::sleep(*pause).await,
                _ => return,
            }
        }
    }

    async fn tell_once(&self, id: &str) -> bool {
        let Some(order) = self.by_id(id) else { return true };
        let (said, is_confirmed) = match self.fault() {
            Fault::NoticesLost => ("bị mất".to_owned(), false),
            Fault::Down => ("chưa gửi được".to_owned(), false),
            fault => self.send(&order, fault).await,
        };
        let notice = Notice { at: self.now(), said };
        self.change(id, |order| {
            order.notices.push(notice);
            let over = order.notices.len().saturating_sub(SHOWN);
            order.notices.drain(..over);
        });
        is_confirmed
    }

    /// What the merchant said, and whether it knows now: 00 and 02.
    async fn send(&self, order: &Order, fault: Fault) -> (String, bool) {
        let foreign = Secret::new("khoa-cua-ai-do-khac-0000000000");
        let secret = if fault == Fault::NoticesForged { &foreign } else { &self.0.merchant.secret };
        let Ok(mut url) = Url::parse(&self.0.merchant.notices) else { return ("địa chỉ sai".into(), false) };
        url.set_query(Some(&wire::query(&self.words(order), secret)));
        let answer = match self.0.outgoing.get(&url) {
            Ok(request) => self.0.outgoing.send(request).await,
            Err(e) => Err(e),
        };
        let told = match answer {
            Ok(answer) if answer.status == 200 => answer.json().ok(),
            Ok(answer) => return (format!("trạng thái {}", answer.status), false),
            Err(_) => return ("không trả lời".into(), false),
        };
        let code = told.as_ref().and_then(|told| told["RspCode"].as_str()).unwrap_or_default();
        let code: String = code.chars().filter(char::is_ascii_alphanumeric).take(8).collect();
        let is_confirmed = ["00", "02"].contains(&code.as_str());
        (if code.is_empty() { "trả lời không đọc được".into() } else { code }, is_confirmed)
    }

    /// What a person chose. `None`: the order is over, or there is none.
    pub(super) fn decide(&self, id: &str, state: State) -> Option<Order> {
        let (now, fault) = (self.now(), self.fault());
        let is_decided = {
            let mut orders = held(&self.0.orders);
            let order = orders.iter_mut().find(|order| order.id == id)?;
            let is_open = order.state == State::Open && now < order.expires_at;
            if is_open {
                order.state = state;
                order.decided_at = now;
                if state == State::Paid && fault == Fault::OtherAmount {
                    order.amount = (order.asked / 2).max(1);
                }
            }
            is_open
        };
        let order = is_decided.then(|| self.by_id(id)).flatten()?;
        self.tell(id);
        Some(order)
    }
}

/// For a fault that lasts a while.
pub fn seconds(text: &str) -> Duration {
    Duration::from_secs(text.trim().parse().unwrap_or(0).min(600))
}
