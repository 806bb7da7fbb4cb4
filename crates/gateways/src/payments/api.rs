//! The merchant API: what became of an order (`querydr`), and money back (`refund`). One POST of JSON each, signed over named fields in a fixed
//! order, joined by `|`; a field that is not sent is an empty one. The answer is signed in the same manner.

use super::{Asked, Refunded, Unheard, Verdict, Vnpay, Word, of_status, wire, word};
use crate::http::{self, Lost};
use base::clock::Millis;
use serde_json::{Map, Value};
use std::{sync::PoisonError, time::Instant};

/// Far more than an answer needs.
const LONGEST: usize = 16 * 1024;
const MOST_FIELDS: usize = 60;
/// Answers whose ids are remembered.
const HEARD: usize = 512;
/// The protocol wants the address of the server that asks; public examples send this.
const OWN_ADDRESS: &str = "127.0.0.1";
/// Who wants the money back, as it stands in the gateway's journal.
const BY: &str = "congdanso";

const ASK: [&str; 9] = [
    "vnp_RequestId",
    "vnp_Version",
    "vnp_Command",
    "vnp_TmnCode",
    "vnp_TxnRef",
    "vnp_TransactionDate",
    "vnp_CreateDate",
    "vnp_IpAddr",
    "vnp_OrderInfo",
];
const REFUND: [&str; 13] = [
    "vnp_RequestId",
    "vnp_Version",
    "vnp_Command",
    "vnp_TmnCode",
    "vnp_TransactionType",
    "vnp_TxnRef",
    "vnp_Amount",
    "vnp_TransactionNo",
    "vnp_TransactionDate",
    "vnp_CreateBy",
    "vnp_CreateDate",
    "vnp_IpAddr",
    "vnp_OrderInfo",
];
const REFUNDED: [&str; 13] = [
    "vnp_ResponseId",
    "vnp_Command",
    "vnp_ResponseCode",
    "vnp_Message",
    "vnp_TmnCode",
    "vnp_TxnRef",
    "vnp_Amount",
    "vnp_BankCode",
    "vnp_PayDate",
    "vnp_TransactionNo",
    "vnp_TransactionType",
    "vnp_TransactionStatus",
    "vnp_OrderInfo",
];
/// The same with these at the end.
const ANSWERED: [&str; 2] = ["vnp_PromotionCode", "vnp_PromotionAmount"];
/// The whole amount.
const WHOLE: &str = "02";

/// What was sent or came, by name.
struct Fields(Map<String, Value>);

impl Fields {
    fn get(&self, name: &str) -> String {
        match self.0.get(name) {
            Some(Value::String(text)) => text.clone(),
            Some(Value::Number(n)) => n.to_string(),
            _ => String::new(),
        }
    }

    fn joined<'a>(&self, names: impl Iterator<Item = &'a str>) -> String {
        names.map(|name| self.get(name)).collect::<Vec<_>>().join("|")
    }
}

impl Vnpay {
    /// What became of an order.
    pub async fn ask(&self, of: &Asked) -> Result<Word, Unheard> {
        let said = self.query(of).await?;
        let amount = wire::hundredth(&said.get("vnp_Amount")).ok_or(Unheard::Away("amount"))?;
        let status = said.get("vnp_TransactionStatus");
        let verdict = match said.get("vnp_TransactionType").as_str() {
            "01" => of_status(&status),
            // The newest that happened to it is a refund: it was paid, and what counts is whether the money went back.
            "02" | "03" => match of_refund(&status) {
                Refunded::Done => Verdict::Failed,
                Refunded::Pending => Verdict::Waiting,
                Refunded::Refused => Verdict::Paid,
            },
            _ => return Err(Unheard::Away("kind")),
        };
        let transaction = wire::transaction(&said.get("vnp_TransactionNo")).ok_or(Unheard::Away("number"))?;
        word(&of.reference, amount, verdict, transaction).ok_or(Unheard::Away("number"))
    }

    /// The whole amount back. Asked first is whether it went back already, so that an answer that was lost costs nothing; and the id of the
    /// request is the order's, so that the gateway sees a second one as what it is.
    pub async fn refund(&self, of: &Asked) -> Result<Refunded, Unheard> {
        if let Some(state) = self.refund_under_way(of).await? {
            return Ok(state);
        }
        let now = self.clock.now();
        let amount = wire::hundredfold(of.amount).ok_or(Unheard::Away("order"))?;
        let sent = [
            ("vnp_RequestId", format!("HT{}", of.reference)),
            ("vnp_TransactionType", WHOLE.into()),
            ("vnp_Amount", amount.clone()),
            ("vnp_TransactionNo", of.transaction.clone()),
            ("vnp_CreateBy", BY.into()),
            ("vnp_OrderInfo", format!("Hoan tien {}", of.reference)),
        ];
        let said = self.exchange("refund", of, now, &sent, &REFUND, &[]).await?;
        match said.get("vnp_ResponseCode").as_str() {
            "00" if said.get("vnp_Amount") != amount => Err(Unheard::Away("amount")),
            "00" => Ok(of_refund(&said.get("vnp_TransactionStatus"))),
            // It has such a request already: what became of it, it says when asked.
            "94" => Ok(self.refund_under_way(of).await?.unwrap_or(Refunded::Pending)),
            "91" => Err(Unheard::Unknown),
            // Not a payment that went well.
            "02" | "95" => Ok(Refunded::Refused),
            _ => Err(Unheard::Away("code")),
        }
    }

    /// `None`: no money was asked back.
    async fn refund_under_way(&self, of: &Asked) -> Result<Option<Refunded>, Unheard> {
        let said = self.query(of).await?;
        Ok(match said.get("vnp_TransactionType").as_str() {
            WHOLE if wire::hundredth(&said.get("vnp_Amount")) == Some(of.amount) => {
                Some(of_refund(&said.get("vnp_TransactionStatus")))
            }
            // A part went back, by somebody's hand: what is missing is for people to look at.
            WHOLE | "03" => {
                tracing::error!(reference = %of.reference, "the gateway gave back another amount than came; look at it there");
                Some(Refunded::Pending)
            }
            _ => None,
        })
    }

    async fn query(&self, of: &Asked) -> Result<Fields, Unheard> {
        let now = self.clock.now();
        let id: String = self.entropy.bytes::<16>().iter().map(|b| format!("{b:02x}")).collect();
        let sent = [("vnp_RequestId", id), ("vnp_OrderInfo", format!("Hoi ket qua {}", of.reference))];
        let said = self.exchange("querydr", of, now, &sent, &ASK, &ANSWERED).await?;
        match said.get("vnp_ResponseCode").as_str() {
            "00" => Ok(said),
            "91" => Err(Unheard::Unknown),
            _ => Err(Unheard::Away("code")),
        }
    }

    /// One question, one answer that is signed and speaks of this order.
    async fn exchange(
        &self,
        command: &'static str,
        of: &Asked,
        now: Millis,
        more: &[(&str, String)],
        signed: &[&'static str],
        answered: &[&str],
    ) -> Result<Fields, Unheard> {
        if !self.breaker.is_free(Instant::now()) {
            metrics::counter!("payment_gateway_asked_total", "what" => command, "outcome" => "spared").increment(1);
            return Err(Unheard::Away("not asked: it was away a moment ago"));
        }
        let own = [
            ("vnp_Version", wire::VERSION.to_owned()),
            ("vnp_Command", command.to_owned()),
            ("vnp_TmnCode", self.config.terminal.clone()),
            ("vnp_TxnRef", of.reference.clone()),
            ("vnp_TransactionDate", wire::time(of.created_at)),
            ("vnp_CreateDate", wire::time(now)),
            ("vnp_IpAddr", OWN_ADDRESS.to_owned()),
        ];
        let all = own.iter().chain(more).map(|(name, value)| ((*name).to_owned(), Value::String(value.clone())));
        let mut sent = Fields(all.collect());
        let hash = wire::sign(self.config.secret.expose(), &sent.joined(signed.iter().copied()));
        sent.0.insert("vnp_SecureHash".into(), Value::String(hash));
        let request = self.client.post(&self.config.api).header("accept", "application/json").json(&sent.0);
        let told = match http::body(request, LONGEST).await {
            Ok(body) => self.believed(&body, command, of, answered),
            Err(Lost::Away) => Err("no answer in time"),
            Err(Lost::Status(_)) => Err("status"),
            Err(Lost::TooLong) => Err("length"),
        };
        let outcome = if told.is_ok() { "answered" } else { "away" };
        metrics::counter!("payment_gateway_asked_total", "what" => command, "outcome" => outcome).increment(1);
        match told {
            Ok(fields) => {
                self.breaker.close();
                Ok(fields)
            }
            Err(why) => {
                self.breaker.fail(Instant::now());
                tracing::warn!(why, what = command, "the payment gateway did not answer as agreed");
                Err(Unheard::Away(why))
            }
        }
    }

    /// Errors: why nothing is believed.
    fn believed(&self, body: &[u8], command: &str, of: &Asked, more: &[&str]) -> Result<Fields, &'static str> {
        let Ok(Value::Object(map)) = serde_json::from_slice::<Value>(body) else { return Err("not JSON") };
        if map.len() > MOST_FIELDS {
            return Err("too many fields");
        }
        let said = Fields(map);
        let text = said.joined(REFUNDED.iter().chain(more).copied());
        if !wire::is_signed(self.config.secret.expose(), &text, &said.get("vnp_SecureHash")) {
            return Err("signature");
        }
        if said.get("vnp_TmnCode") != self.config.terminal || said.get("vnp_Command") != command {
            return Err("not for us");
        }
        if said.get("vnp_TxnRef") != of.reference {
            return Err("another order");
        }
        if !wire::is_code(&said.get("vnp_ResponseCode")) {
            return Err("code");
        }
        let id = said.get("vnp_ResponseId");
        let mut heard = self.heard.lock().unwrap_or_else(PoisonError::into_inner);
        if !(1..=64).contains(&id.len()) || heard.contains(&id) {
            return Err("an old answer");
        }
        heard.push_back(id);
        if heard.len() > HEARD {
            heard.pop_front();
        }
        Ok(said)
    }
}

/// Of a refund, by `vnp_TransactionStatus`.
fn of_refund(status: &str) -> Refunded {
    match status {
        "00" => Refunded::Done,
        "09" => Refunded::Refused,
        _ => Refunded::Pending,
    }
}
