//! `[payment]`: the gateway over which fees are paid at the national portal (P2), as the operator writes it down, and as the domain asks it.

use crate::sign_in::origin;
use anyhow::Context;
use base::keys::Secret;
use domain::{
    core::Core,
    payments::gateway::{Asked, Gateway, Order, Refunded, Reply, Unheard, Unread, Verdict, Word},
};
use gateways::payments::{self as protocol, Fault, Vnpay};
use serde::Deserialize;
use std::{path::PathBuf, sync::Arc};

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct PaymentAt {
    /// Where browsers are sent.
    pub pay: String,
    /// Where the server asks: what became of an order, and the money back.
    pub api: String,
    /// The code that the gateway gave (`vnp_TmnCode`).
    pub terminal: String,
    /// A file with the secret that the gateway gave (`vnp_HashSecret`).
    pub secret_file: PathBuf,
}

impl PaymentAt {
    /// Errors: every fault, in words for an operator.
    pub fn faults(&self) -> Vec<String> {
        let secret = self.secret();
        let mut faults: Vec<String> = secret.clone().err().into_iter().collect();
        let config = self.config(secret.clone().unwrap_or_else(|_| Secret::new("-")));
        // A secret that could not be read was named above.
        let told = config.faults().into_iter().filter(|fault| secret.is_ok() || *fault != Fault::Secret);
        faults.extend(told.map(|fault| format!("payment: {fault}")));
        faults
    }

    fn config(&self, secret: Secret) -> protocol::Config {
        protocol::Config {
            pay: self.pay.clone(),
            api: self.api.clone(),
            terminal: self.terminal.clone(),
            secret,
            local: false,
        }
    }

    fn secret(&self) -> Result<Secret, String> {
        let file = self.secret_file.display();
        let text =
            std::fs::read_to_string(&self.secret_file).map_err(|e| format!("payment.secret_file {file}: {e}"))?;
        match text.trim() {
            "" => Err(format!("payment.secret_file {file} is empty")),
            secret => Ok(Secret::new(secret)),
        }
    }

    /// Errors: the secret cannot be read.
    pub fn till(&self) -> anyhow::Result<protocol::Config> {
        Ok(self.config(self.secret().map_err(anyhow::Error::msg)?))
    }
}

/// What the portal's pages and its worker ask. Errors: an address, or the HTTP client.
pub fn open(config: protocol::Config, core: &Core) -> anyhow::Result<web::Till> {
    let origins = origin(&config.pay).into_iter().map(str::to_owned).collect();
    let vnpay = Vnpay::new(config, core.clock.clone(), core.entropy.clone()).context("[payment]")?;
    Ok(web::Till { gateway: Arc::new(Paid(vnpay)), origins })
}

/// The gateway as the domain asks it.
struct Paid(Vnpay);

#[async_trait::async_trait]
impl Gateway for Paid {
    fn start(&self, order: &Order) -> String {
        let wanted = protocol::Order {
            reference: order.reference.clone(),
            amount: order.amount,
            purpose: order.purpose.clone(),
            is_vietnamese: order.is_vietnamese,
            return_to: order.return_to.clone(),
            from: order.from,
            created_at: order.created_at,
            expires_at: order.expires_at,
        };
        self.0.start(&wanted).unwrap_or_else(|e| {
            // The rules make no such order. Nobody is left standing at a gateway that refuses: they come straight back.
            tracing::error!(error = %e, "an order cannot be brought to the payment gateway");
            order.return_to.clone()
        })
    }

    fn read(&self, raw_query: &str) -> Result<Word, Unread> {
        self.0.read(raw_query).map(word).map_err(|e| match e {
            protocol::Unread::Forged => Unread::Forged,
            protocol::Unread::Malformed => Unread::Malformed,
        })
    }

    fn reply(&self, reply: Reply) -> String {
        self.0.reply(match reply {
            Reply::Confirmed => protocol::Reply::Confirmed,
            Reply::Forged => protocol::Reply::Forged,
            Reply::UnknownOrder => protocol::Reply::UnknownOrder,
            Reply::OtherAmount => protocol::Reply::OtherAmount,
            Reply::AlreadyConfirmed => protocol::Reply::AlreadyConfirmed,
            Reply::Trouble => protocol::Reply::Trouble,
        })
    }

    async fn ask(&self, of: &Asked) -> Result<Word, Unheard> {
        self.0.ask(&asked(of)).await.map(word).map_err(unheard)
    }

    async fn refund(&self, of: &Asked) -> Result<Refunded, Unheard> {
        let state = self.0.refund(&asked(of)).await.map_err(unheard)?;
        Ok(match state {
            protocol::Refunded::Done => Refunded::Done,
            protocol::Refunded::Pending => Refunded::Pending,
            protocol::Refunded::Refused => Refunded::Refused,
        })
    }
}

fn word(word: protocol::Word) -> Word {
    let verdict = match word.verdict {
        protocol::Verdict::Paid => Verdict::Paid,
        protocol::Verdict::Failed => Verdict::Failed,
        protocol::Verdict::Waiting => Verdict::Waiting,
    };
    Word { reference: word.reference, amount: word.amount, verdict, transaction: word.transaction }
}

fn asked(of: &Asked) -> protocol::Asked {
    protocol::Asked {
        reference: of.reference.clone(),
        amount: of.amount,
        transaction: of.transaction.clone(),
        created_at: of.created_at,
    }
}

/// Why it is away stands in the log already.
fn unheard(why: protocol::Unheard) -> Unheard {
    match why {
        protocol::Unheard::Away(_) => Unheard::Away,
        protocol::Unheard::Unknown => Unheard::Unknown,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::clock::{Clock, Entropy, MINUTE, Millis};
    use sandbox::till::{API, Fault as Broken, Merchant, PAY, Till, TillOptions};
    use tokio::net::TcpListener;

    fn written(secret: &std::path::Path) -> String {
        format!(
            "pay = \"https://pay.example.vn/vpcpay.html\"\napi = \"https://api.example.vn/merchant_webapi/api/transaction\"\n\
             terminal = \"CONGDS01\"\nsecret_file = \"{}\"\n",
            secret.display()
        )
    }

    #[test]
    fn p6_a_gateway_is_written_down_whole_or_refused_with_every_fault() {
        let folder = tempfile::tempdir().unwrap();
        let secret = folder.path().join("secret");
        std::fs::write(&secret, " khong-ai-biet-0123456789 \n").unwrap();
        let good: PaymentAt = toml::from_str(&written(&secret)).unwrap();
        assert_eq!(good.faults(), Vec::<String>::new());
        let config = good.till().unwrap();
        assert!(config.secret.expose() == "khong-ai-biet-0123456789" && !config.local);
        for (from, to, says) in [
            ("https://pay", "http://pay", "pay must be an https://"),
            ("https://api", "http://api", "api must be an https://"),
            ("\"CONGDS01\"", "\"cong\"", "8 capital letters"),
            ("\"CONGDS01\"", "\"SANDBOX1\"", "of the sandbox"),
            ("secret\"", "nothing\"", "secret_file"),
        ] {
            let faults = toml::from_str::<PaymentAt>(&written(&secret).replace(from, to)).unwrap().faults();
            assert!(faults.len() == 1 && faults[0].contains(says), "{to}: {faults:?}");
        }
        std::fs::write(&secret, "ngan").unwrap();
        assert!(good.faults()[0].contains("16 to 128"), "{:?}", good.faults());
        std::fs::write(&secret, "\n").unwrap();
        assert!(good.faults()[0].contains("is empty"), "{:?}", good.faults());
        let many = written(&secret).replace("https://", "http://").replace("CONGDS01", "SANDBOX1");
        assert_eq!(toml::from_str::<PaymentAt>(&many).unwrap().faults().len(), 4, "all at once");
        assert!(toml::from_str::<PaymentAt>(&(written(&secret) + "colour = 1\n")).is_err());
    }

    /// As the demo has it: over HTTP, with the sandbox's gateway on the other side.
    async fn shop(clock: &Clock) -> (Till, Paid) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let at = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let secret = Secret::new("khoa-cua-don-vi-thu-0123456789");
        let mut options = TillOptions::new(Merchant {
            terminal: "SANDBOX1".into(),
            secret: secret.clone(),
            name: "Cổng".into(),
            home: "http://localhost:8082".into(),
            notices: "http://127.0.0.1:9/".into(),
        });
        options.clock = clock.clone();
        let till = Till::start(options).unwrap();
        let router = till.router();
        tokio::spawn(async move { axum::serve(listener, router).await });
        let config = protocol::Config {
            pay: format!("{at}{PAY}"),
            api: format!("{at}{API}"),
            terminal: "SANDBOX1".into(),
            secret,
            local: true,
        };
        (till, Paid(Vnpay::new(config, clock.clone(), Entropy::system()).unwrap()))
    }

    #[tokio::test]
    async fn p2_what_the_rules_ask_goes_over_the_wire_and_comes_back() {
        const NOW: Millis = 1_795_266_000_000;
        let clock = Clock::fixed(NOW);
        let (till, gateway) = shop(&clock).await;
        let order = |reference: &str| Order {
            reference: reference.into(),
            amount: 135_000,
            purpose: format!("Phi ho so {reference}"),
            is_vietnamese: true,
            return_to: "http://localhost:8082/thanh-toan/tro-ve".into(),
            from: "203.0.113.9".parse().unwrap(),
            created_at: NOW,
            expires_at: NOW + 15 * MINUTE,
        };
        let asked = |reference: &str| Asked {
            reference: reference.into(),
            amount: 135_000,
            transaction: String::new(),
            created_at: NOW,
        };
        let browser = reqwest::Client::builder().no_proxy().redirect(reqwest::redirect::Policy::none());
        let browser = browser.build().unwrap();
        let to = |answer: &reqwest::Response| answer.headers()["location"].to_str().unwrap().to_owned();
        assert_eq!(gateway.ask(&asked("TT1")).await, Err(Unheard::Unknown));
        for (reference, answer, verdict) in [("TT1", "pay", Verdict::Paid), ("TT2", "cancel", Verdict::Failed)] {
            let start = gateway.start(&order(reference));
            let page = to(&browser.get(&start).send().await.unwrap());
            assert_eq!(gateway.ask(&asked(reference)).await.unwrap().verdict, Verdict::Waiting);
            let page = format!("{}{page}", origin(&start).unwrap());
            let back = to(&browser.post(page).form(&[("answer", answer)]).send().await.unwrap());
            let word = gateway.read(back.split_once('?').unwrap().1).unwrap();
            assert_eq!((word.reference.as_str(), word.amount, word.verdict), (reference, 135_000, verdict));
            let asked_for = gateway.ask(&asked(reference)).await.unwrap();
            assert_eq!(
                (asked_for.reference, asked_for.amount, asked_for.verdict),
                (word.reference, word.amount, verdict)
            );
        }
        assert_eq!(gateway.refund(&asked("TT2")).await, Ok(Refunded::Refused));
        till.set_fault(Broken::RefundsHeld);
        assert_eq!(gateway.refund(&asked("TT1")).await, Ok(Refunded::Pending));
        till.set_fault(Broken::Down);
        assert_eq!(gateway.refund(&asked("TT1")).await, Err(Unheard::Away));
        till.set_fault(Broken::None);
        assert_eq!(gateway.refund(&asked("TT1")).await, Ok(Refunded::Done));
        assert_eq!(gateway.read("vnp_Amount=1"), Err(Unread::Forged));
        assert_eq!(gateway.read("vnp_Amount=1&vnp_Amount=1"), Err(Unread::Malformed));
        assert_eq!(gateway.reply(Reply::AlreadyConfirmed), r#"{"RspCode":"02","Message":"Order already confirmed"}"#);
        // What cannot be brought there comes straight back.
        let odd = Order { purpose: "Phí".into(), ..order("TT3") };
        assert_eq!(gateway.start(&odd), odd.return_to);
    }
}
