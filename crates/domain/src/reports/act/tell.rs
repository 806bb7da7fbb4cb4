//! Who is told of a step, and how.

use super::{Actor, Command, merge::shown, step::Step};
use crate::{
    accounts::{
        Kind,
        guests::{self, About},
    },
    error::Error,
    notices::{self, Notice, NoticeSms},
    reports::{
        follow, people,
        rows::{self, ReportRow},
    },
};
use base::{clock::Millis, i18n::Lang, ids::Uuid};
use store::{FromRow, Sql, Tx};

/// Text key of a step, and whether it is worth an SMS to those who chose SMS.
fn told(command: &Command) -> Option<(&'static str, bool)> {
    Some(match command {
        Command::Accept { .. } => ("accepted", true),
        Command::Assign { .. } => ("assigned", false),
        Command::Start => ("in_progress", false),
        Command::Ask { .. } => ("need_info", true),
        Command::Transfer { .. } => ("transferred", false),
        Command::Reply { .. } => ("reply", true),
        Command::Extend { .. } => ("extended", true),
        Command::Resolve { .. } => ("resolved", true),
        Command::Reject { .. } => ("rejected", true),
        Command::Hide { .. } => ("hidden", false),
        Command::Moderate(_) | Command::Cover(_) => ("moderated", false),
        Command::Close => ("closed", false),
        Command::Merge { .. } => ("merged", true),
        Command::Unmerge { .. } => ("unmerged", true),
        Command::Split { .. } => ("split", false),
        Command::Reopen { .. } => ("reopened", false),
        _ => return None,
    })
}

/// Steps that a guest must learn of: a question to answer, an end to judge.
fn needs_guest(key: &str) -> bool {
    matches!(key, "need_info" | "resolved" | "rejected")
}

/// The same for those who follow: what is between the unit and the person who reported is not theirs.
fn told_followers(key: &str) -> Option<&'static str> {
    Some(match key {
        "accepted" => "notice-report-accepted",
        "in_progress" => "notice-report-in_progress",
        "transferred" => "notice-report-transferred",
        "reply" => "notice-report-reply",
        "extended" => "notice-report-extended",
        "resolved" => "notice-follow-resolved",
        "rejected" => "notice-report-rejected",
        "reopened" => "notice-report-reopened",
        _ => return None,
    })
}

impl Step {
    /// Tells the person who reported, unless that person acted, and everybody who follows.
    pub(super) async fn tell(&self, tx: &Tx, report: &ReportRow, version: i64) -> Result<(), Error> {
        let Some((key, sms)) = told(&self.command) else { return Ok(()) };
        if report.followers > 0
            && let Some(key) = told_followers(key)
            && let Some(after) = rows::by_id(tx, report.id).await?
        {
            let args = self.args(&after, Lang::VI);
            follow::tell(&self.core, tx, &after, after.is_public(), key, &args).await?;
        }
        match report.reporter {
            Some(reporter) if !matches!(self.actor, Actor::Author(_) | Actor::Guest(_)) => {
                self.tell_author(tx, report, reporter, version, (key, sms)).await
            }
            _ => Ok(()),
        }
    }

    async fn tell_author(
        &self,
        tx: &Tx,
        report: &ReportRow,
        reporter: Uuid,
        version: i64,
        (key, sms): (&'static str, bool),
    ) -> Result<(), Error> {
        // Another system (R12) reads how things stand by itself and has no inbox.
        #[derive(FromRow)]
        struct Author {
            kind: String,
            language: String,
        }
        let author: Option<Author> =
            Sql::new("SELECT kind, language FROM account WHERE id = $1 AND kind <> 'integration'")
                .bind(reporter)
                .one(tx)
                .await?;
        let Some(author) = author else { return Ok(()) };
        let is_guest = author.kind == Kind::Guest.as_str();
        let lang = Lang::parse(&author.language).unwrap_or(Lang::VI);
        let speaker = self.core.speaker(lang);
        let mut args = self.args(report, lang);
        if let Command::Extend { .. } = self.command {
            let due: Option<Millis> = Sql::new("SELECT due_at FROM report WHERE id = $1")
                .bind(report.id)
                .scalar::<Option<Millis>>(tx)
                .await?
                .flatten();
            args.retain(|(name, _)| *name != "due");
            args.push(("due", due.map_or_else(String::new, base::show::date)));
        }
        let link = format!("/phan-anh/{}", report.code);
        let dedupe = format!("report {} {version}", report.id);
        // A guest has nothing but the phone; the notice waits for the account that may come (R3).
        if is_guest && needs_guest(key) {
            let about = About { report: &report.code, own: true, state: &format!("sms-state-{key}") };
            guests::text(&self.core, tx, reporter, about, dedupe.clone()).await?;
        }
        let message = (sms && !is_guest).then(|| NoticeSms {
            key: "sms-report",
            args: vec![
                ("app", self.core.province().pack.province.app_name.get(lang).to_owned()),
                ("code", shown(&report.code)),
                ("state", speaker.t(&format!("sms-state-{key}")).into_owned()),
                ("link", format!("{}{link}", self.core.settings.origin)),
            ],
            dedupe,
        });
        let notice =
            Notice { account: reporter, kind: "report", key: format!("notice-report-{key}"), args, link, sms: message };
        notices::tell(&self.core, tx, notice).await?;
        Ok(())
    }

    fn args(&self, report: &ReportRow, lang: Lang) -> Vec<(&'static str, String)> {
        let unit = match &self.command {
            Command::Transfer { unit, .. } => unit.as_str(),
            _ => report.unit.as_str(),
        };
        let mut args = vec![("code", shown(&report.code)), ("unit", self.core.province().unit_name(unit, lang))];
        match &self.command {
            Command::Extend { .. } => args.push(("due", report.due_at.map_or_else(String::new, base::show::date))),
            Command::Merge { into, .. } => args.push(("into", shown(into))),
            _ => {}
        }
        args
    }

    /// A part is finished: who has the whole may go on with it.
    pub(super) async fn tell_whole(&self, tx: &Tx, part: &ReportRow) -> Result<(), Error> {
        let Some(parent) = part.parent else { return Ok(()) };
        let Some(whole) = rows::by_id(tx, parent).await? else { return Ok(()) };
        for account in people::in_charge(&self.core, tx, &whole).await? {
            let unit = self.core.province().unit_name(&part.unit, Lang::VI);
            let args = vec![("code", shown(&whole.code)), ("unit", unit)];
            people::tell(&self.core, tx, account, "notice-desk-part", args, &whole.code).await?;
        }
        Ok(())
    }
}
