//! A card is shown: read, counted, and kept sealed in the flow until its holder says yes.

use crate::{
    accounts::{
        Accounts, Error, Flow, FlowKind, Kind, Signed, Visitor,
        activity::{self, Act, Happened},
        decode, encode,
        flows::{self, NewFlow},
        linked::facts,
    },
    core::Core,
    error::{Error as Shared, FieldError},
    limits::{self, CARDS_PER_ADDRESS, CARDS_PER_PERSON_DAY},
};
use base::{
    card::{BadCard, Card, Layout, Typed},
    clock::Millis,
    ids::Uuid,
    keys::{Purpose, Secret},
    show,
};
use jiff::civil::Date;
use store::Tx;

/// How a card came.
pub enum Said<'a> {
    /// The text of its code.
    Code(&'a str),
    Typed(Typed<'a>),
    /// A picture in which there was none to read: counted like a wrong card.
    Nothing,
}

/// Where the flow is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// The fields are shown.
    Check,
    /// The registry has not answered yet.
    Asked,
    Answered(Outcome),
}

/// What came of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    Verified,
    /// It was verified before, by the registry or a provider: nobody needed to be asked.
    Already,
    /// Somebody has this number; which of the fields differ.
    Differs {
        full_name: bool,
        birth_date: bool,
        sex: bool,
    },
    /// Name or date of birth went without a word: that proves nothing, and accuses nobody.
    Silent,
    /// Nobody has this number.
    Unknown,
    /// No answer now.
    Away,
    /// The registry does not answer this system.
    Refused,
    /// There is no registry here: kept as read from the card.
    Kept,
    /// There is no registry here, and typed fields prove nothing.
    NotConnected,
    /// Another account was proven to have the number meanwhile.
    Elsewhere,
}

impl Outcome {
    const PLAIN: [(&'static str, Self); 9] = [
        ("verified", Self::Verified),
        ("already", Self::Already),
        ("silent", Self::Silent),
        ("unknown", Self::Unknown),
        ("away", Self::Away),
        ("refused", Self::Refused),
        ("kept", Self::Kept),
        ("not-connected", Self::NotConnected),
        ("elsewhere", Self::Elsewhere),
    ];

    /// Part of text keys and of the flow's row.
    pub fn as_str(self) -> &'static str {
        Self::PLAIN.iter().find(|(_, outcome)| *outcome == self).map_or("differs", |(name, _)| name)
    }

    fn of_flow(flow: &Flow) -> Self {
        let name = flow.text("outcome");
        let differs = |field: &str| flow.data["differs"][field] == true;
        Self::PLAIN.iter().find(|(known, _)| *known == name).map_or(
            Self::Differs { full_name: differs("full_name"), birth_date: differs("birth_date"), sex: differs("sex") },
            |(_, outcome)| *outcome,
        )
    }

    pub(super) fn data(self) -> serde_json::Value {
        let mut data = serde_json::json!({ "outcome": self.as_str() });
        if let Self::Differs { full_name, birth_date, sex } = self {
            data["differs"] = serde_json::json!({ "full_name": full_name, "birth_date": birth_date, "sex": sex });
        }
        data
    }

    /// Worth another try with the same card.
    pub fn can_be_tried_again(self) -> bool {
        matches!(self, Self::Away | Self::Refused)
    }
}

/// What a page of the flow shows.
#[derive(Debug, Clone)]
pub struct Pending {
    pub card: Card,
    pub step: Step,
    /// Until when the flow waits.
    pub expires_at: Millis,
}

/// The day in Vietnam.
pub(super) fn today(core: &Core) -> Date {
    show::local(core.now()).date()
}

fn bound(account: Uuid) -> Vec<u8> {
    [b"card".as_slice(), account.as_bytes()].concat()
}

fn seal(core: &Core, account: Uuid, card: &Card) -> serde_json::Value {
    let sealed = core.keys.seal(Purpose::PersonalNumber, &bound(account), card.written().as_bytes(), &core.entropy);
    let layout = card.layout.map(|layout| match layout {
        Layout::Cccd => "cccd",
        Layout::CanCuoc => "can-cuoc",
    });
    serde_json::json!({ "card": encode(&sealed), "layout": layout })
}

/// The card of a flow. Errors: `FlowGone`, also when it is another account's.
pub(super) fn card_of(core: &Core, account: Uuid, flow: &Flow) -> Result<Card, Error> {
    let sealed = decode(flow.text("card")).ok_or(Error::FlowGone)?;
    let plain = core.keys.open(Purpose::PersonalNumber, &bound(account), &sealed).map_err(|_| Error::FlowGone)?;
    let text = String::from_utf8(plain).map_err(|_| Error::FlowGone)?;
    let layout = match flow.text("layout") {
        "cccd" => Some(Layout::Cccd),
        "can-cuoc" => Some(Layout::CanCuoc),
        _ => None,
    };
    Ok(Card { layout, ..Card::parse(&text, today(core)).map_err(|_| Error::FlowGone)? })
}

pub(super) fn step_of(flow: &Flow) -> Step {
    match flow.step.as_str() {
        flows::ASKED => Step::Asked,
        flows::ANSWERED => Step::Answered(Outcome::of_flow(flow)),
        _ => Step::Check,
    }
}

/// As forms name the fields.
fn field_errors(wrong: Vec<(&'static str, BadCard)>) -> Error {
    let wrong = wrong.into_iter().map(|(field, bad)| FieldError { field, key: bad.key() });
    Shared::Invalid(wrong.collect()).into()
}

impl Accounts {
    /// Reads a card and keeps it sealed for the next page. Returns the flow's token. Every try counts, the wrong ones too.
    /// Errors: `TooOften`, `Card`, `Invalid` (typed fields), `Forbidden` for guests and staff.
    pub async fn show_card(&self, signed: &Signed, said: Said<'_>, visitor: &Visitor) -> Result<Secret, Error> {
        if signed.kind != Kind::Citizen {
            return Err(Shared::Forbidden.into());
        }
        let day = today(&self.core);
        let card = match said {
            Said::Code(text) => Card::parse(text, day).map_err(Error::Card),
            Said::Typed(typed) => Card::typed(typed, day).map_err(field_errors),
            Said::Nothing => Err(Error::Card(BadCard::NotACard)),
        };
        let (core, account, group) = (self.core.clone(), signed.account, visitor.address_group());
        let token = flows::new_token(&core);
        let fresh = token.clone();
        let new = card.as_ref().ok().map(|card| NewFlow {
            kind: FlowKind::Verify,
            account: Some(account),
            phone: None,
            step: flows::CHECK,
            data: seal(&core, account, card),
        });
        let over = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                let own = limits::hit(&tx, &core.keys, CARDS_PER_PERSON_DAY, account.as_bytes(), now).await?;
                let address = limits::hit(&tx, &core.keys, CARDS_PER_ADDRESS, group.as_bytes(), now).await?;
                if let (Ok(()), Ok(()), Some(new)) = (&own, &address, new) {
                    flows::open(&core, &tx, new, &fresh).await?;
                }
                // The count stays, whatever the card was.
                Ok::<_, store::Error>(own.and(address))
            })
            .await?;
        over.map_err(|over| Shared::TooOften { again_at: over.again_at })?;
        card.map(|_| token)
    }

    /// Before a picture is decoded, which costs more than the page: whether another card may be shown. Errors: `TooOften`.
    pub async fn may_show_card(&self, signed: &Signed, visitor: &Visitor) -> Result<(), Error> {
        let (core, now) = (&self.core, self.core.now());
        let db = core.store.read();
        let own = limits::check(db, &core.keys, CARDS_PER_PERSON_DAY, signed.account.as_bytes(), now).await?;
        let group = visitor.address_group();
        let address = limits::check(db, &core.keys, CARDS_PER_ADDRESS, group.as_bytes(), now).await?;
        own.and(address).map_err(|over| Shared::TooOften { again_at: over.again_at }.into())
    }

    /// What waits in this browser for this person; `None`: begin again.
    pub async fn shown_card(&self, signed: &Signed, token: &str) -> Result<Option<Pending>, Error> {
        let Some(flow) = self.flow(FlowKind::Verify, token).await?.filter(|f| f.account == Some(signed.account)) else {
            return Ok(None);
        };
        let card = card_of(&self.core, signed.account, &flow)?;
        Ok(Some(Pending { card, step: step_of(&flow), expires_at: flow.expires_at }))
    }

    /// Takes away what was only read from a card. Errors: `NotFound` when nothing was.
    pub async fn forget_card(&self, signed: &Signed) -> Result<(), Error> {
        let (core, account) = (self.core.clone(), signed.account);
        let gone =
            self.core.store.write(move |tx: Tx| async move { facts::forget_card(&core, &tx, account).await }).await?;
        if gone == 0 { Err(Shared::NotFound.into()) } else { Ok(()) }
    }
}

/// Writes that the card is kept as it was read.
pub(super) async fn keep(core: &Core, tx: &Tx, account: Uuid, card: &Card) -> Result<(), Error> {
    let word = facts::Word { source: facts::CARD, assurance: facts::PRINTED };
    write(core, tx, account, &word, card, true).await?;
    activity::write(core, tx, Act::own(account, Happened::CardKept)).await?;
    Ok(())
}

/// `with_sex`: where the registry was silent about it, the card's word stays the card's.
pub(super) async fn write(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    word: &facts::Word<'_>,
    card: &Card,
    with_sex: bool,
) -> Result<(), Error> {
    let birth = card.birth.iso();
    let said = [
        ("full_name", Some(card.full_name.as_str())),
        ("birth_date", Some(birth.as_str())),
        ("sex", with_sex.then(|| facts::sex_value(card.sex))),
    ];
    facts::write(core, tx, account, word, &card.number, &said).await.map_err(|e| match e {
        Error::LinkedElsewhere => Error::CardElsewhere,
        other => other,
    })
}
