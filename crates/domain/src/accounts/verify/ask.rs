//! «Xác thực thông tin»: the registry is asked between two transactions. The first writes that it is asked, the second what came of it.

use super::{
    Outcome, Step, questions,
    registry::{Compared, Question, Registry, Unanswered, Verdict},
    show::{self, card_of, step_of},
};
use crate::{
    accounts::{
        Accounts, Assurance, Error, Flow, FlowKind, Signed, Visitor,
        activity::{self, Act, Happened},
        flows,
        linked::{self, facts},
        rows,
    },
    core::Core,
    error::Error as Shared,
    limits::{self, Over, QUESTIONS_PER_ADDRESS_DAY, QUESTIONS_PER_PERSON_DAY},
    notices::{self, Notice},
};
use base::{
    card::Card,
    clock::{MINUTE, Millis},
    ids::Uuid,
};
use std::{sync::Arc, time::Duration};
use store::Tx;

/// Whatever stands behind the trait: a page does not wait longer.
const PATIENCE: Duration = Duration::from_secs(20);
/// After this an answer that never came is waited for no longer: the node that asked is gone.
pub(super) const LOST: Millis = MINUTE;

/// What the first transaction found.
enum Begun {
    /// There is nothing to ask, or somebody asked already: the page says what is.
    Done,
    TooOften(Over),
    Ask {
        request: Uuid,
        card: Box<Card>,
    },
}

impl Accounts {
    /// Asks the registry whether the card that waits in this flow is right, and keeps what is proven. What came of it, the flow says
    /// afterwards. Errors: `CardElsewhere`, `OtherCard`, `TooOften`, `FlowGone`.
    pub async fn verify_card(
        &self,
        signed: &Signed,
        token: &str,
        registry: Option<&Arc<dyn Registry>>,
        visitor: &Visitor,
    ) -> Result<(), Error> {
        let flow = flows::find(&self.core, self.core.store.read(), FlowKind::Verify, token)
            .await?
            .filter(|flow| flow.account == Some(signed.account))
            .ok_or(Error::FlowGone)?;
        let begun = self.begin_question(signed, flow, registry.is_some(), visitor).await?;
        let (request, card) = match begun {
            Begun::Done => return Ok(()),
            Begun::TooOften(over) => return Err(Shared::TooOften { again_at: over.again_at }.into()),
            Begun::Ask { request, card } => (request, card),
        };
        let Some(registry) = registry else { return Ok(()) };
        let question = Question {
            request,
            // A person's own question: the codes are the operator's.
            procedure: String::new(),
            officer: String::new(),
            number: card.number.clone(),
            full_name: card.full_name.clone(),
            birth_date: card.birth.iso(),
            sex: Some(card.sex),
        };
        let answer = put(registry, &question).await;
        self.end_question(signed.account, token, request, *card, answer).await
    }

    async fn begin_question(
        &self,
        signed: &Signed,
        flow: Flow,
        is_connected: bool,
        visitor: &Visitor,
    ) -> Result<Begun, Error> {
        let card = card_of(&self.core, signed.account, &flow)?;
        let (core, account, group) = (self.core.clone(), signed.account, visitor.address_group());
        let request = core.new_id();
        self.core
            .store
            .write(move |tx: Tx| async move {
                let now = core.now();
                if !may_be_asked(&flow, now) {
                    return Ok(Begun::Done);
                }
                if let Some(outcome) = known_already(&core, &tx, account, &card).await? {
                    settle(&tx, &flow, outcome).await?;
                    return Ok(Begun::Done);
                }
                if !is_connected {
                    let outcome = match card.layout {
                        Some(_) => {
                            show::keep(&core, &tx, account, &card).await?;
                            Outcome::Kept
                        }
                        None => Outcome::NotConnected,
                    };
                    settle(&tx, &flow, outcome).await?;
                    return Ok(Begun::Done);
                }
                if let Err(over) = count(&core, &tx, account, &group).await? {
                    return Ok(Begun::TooOften(over));
                }
                let mut data = flow.data.clone();
                data["asked_at"] = now.into();
                if !flows::advance(&tx, &flow, flows::ASKED, data).await? {
                    return Ok(Begun::Done);
                }
                questions::begin(&core, &tx, request, account).await?;
                Ok::<_, Error>(Begun::Ask { request, card: Box::new(card) })
            })
            .await
    }

    async fn end_question(
        &self,
        account: Uuid,
        token: &str,
        request: Uuid,
        card: Card,
        answer: Result<Compared, Unanswered>,
    ) -> Result<(), Error> {
        let outcome = outcome_of(&answer);
        let written = self.write_answer(account, token, request, &card, &answer, outcome).await;
        let written = match written {
            // Somebody proved this number while we asked. The question was asked all the same.
            Err(Error::CardElsewhere) => {
                self.write_answer(account, token, request, &card, &answer, Outcome::Elsewhere).await
            }
            other => other,
        };
        self.cache.forget(account);
        written
    }

    async fn write_answer(
        &self,
        account: Uuid,
        token: &str,
        request: Uuid,
        card: &Card,
        answer: &Result<Compared, Unanswered>,
        outcome: Outcome,
    ) -> Result<(), Error> {
        let (core, token, card, answer) = (self.core.clone(), token.to_owned(), card.clone(), answer.clone());
        self.core
            .store
            .write(move |tx: Tx| async move {
                questions::end(&core, &tx, request, &answer).await?;
                if outcome == Outcome::Away {
                    take_back(&core, &tx, account).await?;
                }
                // Deleted or blocked while the question was on its way.
                if rows::by_id(&tx, account).await?.is_none_or(|a| a.blocked_at.is_some()) {
                    return Ok(());
                }
                match outcome {
                    Outcome::Verified => verified(&core, &tx, account, &card, &answer).await?,
                    Outcome::Away | Outcome::Refused | Outcome::Silent if card.layout.is_some() => {
                        show::keep(&core, &tx, account, &card).await?;
                    }
                    _ => {}
                }
                // The flow may be over by now; what is proven is proven.
                if let Some(flow) = flows::find(&core, &tx, FlowKind::Verify, &token).await? {
                    settle(&tx, &flow, outcome).await?;
                }
                Ok::<_, Error>(())
            })
            .await
    }
}

/// One question and its answer, within our patience.
pub(super) async fn put(registry: &Arc<dyn Registry>, question: &Question) -> Result<Compared, Unanswered> {
    let answer = tokio::time::timeout(PATIENCE, registry.compare(question))
        .await
        .unwrap_or_else(|_| Err(Unanswered::Away("no answer in time".into())));
    if let Err(e) = &answer {
        tracing::warn!(error = %e, "a question to the population registry");
    }
    answer
}

/// Counts a question that is about to leave.
pub(super) async fn count(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    address: &str,
) -> Result<Result<(), Over>, store::Error> {
    let now = core.now();
    let own = limits::hit(tx, &core.keys, QUESTIONS_PER_PERSON_DAY, account.as_bytes(), now).await?;
    let address = limits::hit(tx, &core.keys, QUESTIONS_PER_ADDRESS_DAY, address.as_bytes(), now).await?;
    Ok(own.and(address))
}

/// Nobody learned anything, and the person will come again.
pub(super) async fn take_back(core: &Core, tx: &Tx, account: Uuid) -> Result<(), store::Error> {
    limits::give_back(tx, &core.keys, QUESTIONS_PER_PERSON_DAY, account.as_bytes(), core.now()).await
}

/// Whether the button counts: on the page that shows the fields, after a try that came to nothing, and where an answer was lost.
fn may_be_asked(flow: &Flow, now: Millis) -> bool {
    match step_of(flow) {
        Step::Check => true,
        Step::Asked => flow.data["asked_at"].as_i64().is_none_or(|at| now - at > LOST),
        Step::Answered(outcome) => outcome.can_be_tried_again(),
    }
}

/// What this side knows without a question. Errors: `OtherCard`, `CardElsewhere`.
async fn known_already(core: &Core, tx: &Tx, account: Uuid, card: &Card) -> Result<Option<Outcome>, Error> {
    match facts::proven_number(core, tx, account).await? {
        Some(own) if own == card.number => return Ok(Some(Outcome::Already)),
        Some(_) => return Err(Error::OtherCard),
        None => {}
    }
    let claim = facts::claim_of(core, tx, &card.number).await?;
    if claim.is_some_and(|claim| claim.account_id != account && claim.is_proven()) {
        return Err(Error::CardElsewhere);
    }
    facts::may_take(core, tx, account, facts::REGISTRY, &card.number).await?;
    Ok(None)
}

async fn settle(tx: &Tx, flow: &Flow, outcome: Outcome) -> Result<(), store::Error> {
    let mut data = flow.data.clone();
    if let (Some(to), serde_json::Value::Object(said)) = (data.as_object_mut(), outcome.data()) {
        to.extend(said);
    }
    flows::advance(tx, flow, flows::ANSWERED, data).await?;
    Ok(())
}

fn outcome_of(answer: &Result<Compared, Unanswered>) -> Outcome {
    match answer {
        Ok(Compared::Known { full_name, birth_date, sex }) => {
            let differs = |verdict: &Verdict| *verdict == Verdict::Mismatch;
            if differs(full_name) || differs(birth_date) || differs(sex) {
                let (full_name, birth_date, sex) = (differs(full_name), differs(birth_date), differs(sex));
                Outcome::Differs { full_name, birth_date, sex }
            } else if *full_name == Verdict::Match && *birth_date == Verdict::Match {
                Outcome::Verified
            } else {
                Outcome::Silent
            }
        }
        Ok(Compared::Unknown) => Outcome::Unknown,
        Err(Unanswered::Away(_)) => Outcome::Away,
        Err(Unanswered::Refused(_)) => Outcome::Refused,
    }
}

/// Facts, level, and word to the person.
async fn verified(
    core: &Core,
    tx: &Tx,
    account: Uuid,
    card: &Card,
    answer: &Result<Compared, Unanswered>,
) -> Result<(), Error> {
    let word = facts::Word { source: facts::REGISTRY, assurance: Assurance::Verified.as_str() };
    let said_sex = matches!(answer, Ok(Compared::Known { sex: Verdict::Match, .. }));
    show::write(core, tx, account, &word, card, said_sex).await?;
    Ok(raised(core, tx, account, "/tai-khoan/xac-thuc").await?)
}

/// The registry's word counts from now on, and the person is told. `page`: where more is said.
pub(super) async fn raised(core: &Core, tx: &Tx, account: Uuid, page: &str) -> Result<(), store::Error> {
    linked::raise(tx, account, Assurance::Verified).await?;
    activity::write(core, tx, Act::own(account, Happened::Verified)).await?;
    let notice = Notice {
        account,
        kind: "account",
        key: "notice-verified".into(),
        args: Vec::new(),
        link: page.into(),
        sms: None,
    };
    notices::tell(core, tx, notice).await
}
