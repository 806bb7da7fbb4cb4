//! Plays the plan: moves the clock from event to event and lets everybody act through the same functions as in real life.

use super::{
    album::Album,
    moderation,
    people::{self, Teams},
    plan::{Case, Step},
    stories::{Actor, Story},
};
use anyhow::{Context, bail};
use base::{
    clock::{DAY, HOUR, MINUTE, Millis},
    code::Code,
};
use domain::{
    audit,
    core::Core,
    error::Error,
    notices,
    reports::{
        Act, Command, ReportRow, act_as_author, act_as_officer, automatic,
        drafts::{self, Saved},
        follow::follow,
        rows, submit, views, watch,
    },
    rights::Officer,
};
use uuid::Uuid;

/// How often the background work runs meanwhile: closing by the clock, sealing.
const TURN: Millis = 6 * HOUR;
/// When the two citizens of the log-ins chose SMS. Older messages would only expire; those since then reach the sandbox.
const SMS_SINCE: Millis = 20 * HOUR;

/// A citizen who is yet to register.
pub struct Newcomer {
    pub name: String,
    pub commune: Option<String>,
    pub at: Millis,
}

pub struct Play<'a> {
    pub core: &'a Core,
    pub cases: &'a [Case],
    pub album: &'a Album,
    pub teams: &'a Teams,
    pub newcomers: &'a [Newcomer],
    pub hash: &'a str,
    pub present: Millis,
    pub home: &'a str,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    Register(usize),
    Send(usize),
    Step(usize, usize),
    /// Everybody reads what there is.
    Read,
    WantSms,
    StartDraft,
}

/// What is known of the people and reports so far.
struct Past {
    accounts: Vec<Option<Uuid>>,
    codes: Vec<Option<Code>>,
    /// The background work's next turn.
    turn: Millis,
}

impl Play<'_> {
    pub async fn run(&self) -> anyhow::Result<()> {
        let events = self.events();
        let first = events.first().map_or(self.present, |(at, _)| *at);
        let mut past = Past {
            accounts: vec![None; self.newcomers.len()],
            codes: vec![None; self.cases.len()],
            turn: first + TURN,
        };
        for (at, event) in events {
            self.background(&mut past, at).await?;
            self.core.clock.set(at);
            self.happen(&mut past, event).await.with_context(|| self.name(event))?;
        }
        self.background(&mut past, self.present).await?;
        self.core.clock.set(self.present - MINUTE);
        moderation::play(self.core, self.teams, self.home, &past.accounts).await.context("moderation")?;
        self.core.clock.set(self.present);
        // What was accepted before anybody watched is told to nobody later.
        watch::work(self.core).await?;
        self.seal().await
    }

    fn events(&self) -> Vec<(Millis, Event)> {
        let mut events: Vec<(Millis, Event)> = Vec::new();
        events.extend(self.newcomers.iter().enumerate().map(|(i, n)| (n.at, Event::Register(i))));
        for (i, case) in self.cases.iter().enumerate() {
            events.push((case.sent_at, Event::Send(i)));
            events.extend(case.steps.iter().enumerate().map(|(n, step)| (step.at, Event::Step(i, n))));
        }
        events.extend([20, 9, 3].map(|days| (self.present - days * DAY, Event::Read)));
        events.push((self.present - SMS_SINCE, Event::WantSms));
        events.push((self.present - 70 * MINUTE, Event::StartDraft));
        events.sort();
        events
    }

    /// For an error: what it was about.
    fn name(&self, event: Event) -> String {
        match event {
            Event::Send(i) => format!("{:?} «{}»", self.cases[i].story, self.cases[i].draft.title),
            Event::Step(i, n) => {
                let case = &self.cases[i];
                format!("{:?} «{}», step {n}: {:?}", case.story, case.draft.title, case.steps[n].command.act())
            }
            other => format!("{other:?}"),
        }
    }

    /// What the worker does in real life, up to this time.
    async fn background(&self, past: &mut Past, until: Millis) -> anyhow::Result<()> {
        while past.turn < until {
            self.core.clock.set(past.turn);
            automatic::close_resolved(self.core).await?;
            watch::work(self.core).await?;
            self.seal().await?;
            past.turn += TURN;
        }
        Ok(())
    }

    async fn seal(&self) -> anyhow::Result<()> {
        while audit::seal(&self.core.store, self.core.now()).await? > 0 {}
        Ok(())
    }

    async fn happen(&self, past: &mut Past, event: Event) -> anyhow::Result<()> {
        match event {
            Event::Register(i) => {
                let who = &self.newcomers[i];
                let id = people::register(self.core, &who.name, i + 1, who.commune.clone(), self.hash).await?;
                past.accounts[i] = Some(id);
            }
            Event::Send(i) => {
                let case = &self.cases[i];
                let reporter = past.account(case.reporter)?;
                let photos = self.album.photos(&case.shots);
                let sent = submit(self.core, reporter, &case.draft, photos, None, "demo").await.map_err(spoken)?;
                past.codes[i] = Some(sent.code);
            }
            Event::Step(i, n) => self.step(past, i, &self.cases[i].steps[n]).await?,
            Event::Read => {
                for account in past.accounts.iter().flatten() {
                    notices::mark_read(self.core, *account, None).await?;
                }
            }
            Event::WantSms => {
                people::want_sms(self.core, past.accounts.iter().take(2).copied().flatten().collect()).await?;
            }
            Event::StartDraft => {
                drafts::start(self.core, past.account(0)?, &self.draft()).await?;
                // So that accepting a report of one's own commune can be heard at once.
                let place = watch::Place::Commune(self.home.into());
                watch::add(self.core, past.account(0)?, place, None).await.map_err(spoken)?;
                people::come_of_age(self.core, past.account(1)?, ["Trần Hư Cấu Lớn", "Trần Hư Cấu Nhỡ"]).await?;
            }
        }
        Ok(())
    }

    async fn step(&self, past: &Past, i: usize, step: &Step) -> anyhow::Result<()> {
        let case = &self.cases[i];
        let code = past.codes[i].as_ref().context("the report was not sent")?.as_str();
        let report = rows::by_code(self.core.store.read(), code).await?.context("the report is gone")?;
        let photos = self.album.photos(&step.shots);
        if step.actor == Actor::Author {
            let author = past.account(case.reporter)?;
            act_as_author(self.core, author, code, step.command.clone(), photos).await.map_err(spoken)?;
            return Ok(());
        }
        let officer = self.officer(&report, step);
        let command = match &step.command {
            Command::Assign { note, .. } => Command::Assign { to: self.worker(&report, i).account, note: note.clone() },
            other => other.clone(),
        };
        // A question may need a call first: then the officer looks up who reported, and says why.
        if step.command.act() == Act::Ask && case.reporter == 0 {
            views::reveal(self.core, officer, code, "Gọi điện hỏi rõ địa điểm").await.map_err(spoken)?;
        }
        act_as_officer(self.core, officer, code, report.version, command, photos).await.map_err(spoken)?;
        if step.command.act() == Act::Accept {
            self.join_in(past, i, code).await?;
        }
        Ok(())
    }

    /// «Tôi cũng gặp»: of every third report that was taken in, one to four neighbours. The people of the log-ins are left to
    /// the visitor.
    async fn join_in(&self, past: &Past, i: usize, code: &str) -> anyhow::Result<()> {
        if !i.is_multiple_of(3) {
            return Ok(());
        }
        for account in past.accounts.iter().skip(2).flatten().cycle().skip(i % 11).take(1 + i % 4) {
            match follow(self.core, *account, code).await {
                Ok(_) | Err(Error::NotFound | Error::State) => {} // not public, or finished at once
                Err(e) => return Err(spoken(e)),
            }
        }
        Ok(())
    }

    /// Who does a step: the person it was given to, an officer of the unit, its leader, or the province's dispatcher.
    fn officer(&self, report: &ReportRow, step: &Step) -> &Officer {
        let team = self.teams.units.get(&report.unit);
        let people = team.map(|t| if step.actor == Actor::Leader { &t.leaders } else { &t.officers });
        people
            .and_then(|p| p.iter().find(|o| Some(o.account) == report.assignee).or(p.first()))
            .unwrap_or(&self.teams.operator)
    }

    /// Who gets a report: mostly the first officer, whose queue visitors look at.
    fn worker(&self, report: &ReportRow, number: usize) -> &Officer {
        let officers = self.teams.units.get(&report.unit).map_or(&[][..], |t| &t.officers);
        let chosen = if number.is_multiple_of(3) { number / 3 % officers.len().max(1) } else { 0 };
        officers.get(chosen).unwrap_or(&self.teams.operator)
    }

    /// What the first citizen has begun to write.
    fn draft(&self) -> Saved {
        let like = self.cases.iter().find(|c| c.story == Story::Rated && !c.draft.place.address.is_empty());
        let mut saved =
            Saved { anonymous: true, no_emergency: true, commune: Some(self.home.into()), ..Saved::default() };
        if let Some(like) = like {
            saved.category.clone_from(&like.draft.category);
            saved.content.clone_from(&like.draft.content);
        }
        saved
    }
}

impl Past {
    fn account(&self, citizen: usize) -> anyhow::Result<Uuid> {
        match self.accounts.get(citizen) {
            Some(Some(id)) => Ok(*id),
            _ => bail!("citizen {citizen} is not registered yet"),
        }
    }
}

/// The domain's refusals with the fields they are about.
fn spoken(error: domain::error::Error) -> anyhow::Error {
    match error {
        domain::error::Error::Invalid(fields) => anyhow::anyhow!("refused: {fields:?}"),
        other => other.into(),
    }
}
