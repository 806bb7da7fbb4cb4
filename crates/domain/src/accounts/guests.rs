//! Guests (khách, R3): somebody without an account proves a phone by an SMS code and reports, or opens the own report again with
//! its code. The phone stands sealed, found by a keyed hash; the limits of reports, blocks and the data rights hold for it as
//! for an account. Whoever has an account with that phone, now or soon, has the guest's reports too.

use super::{
    Accounts, Error, FlowKind, Kind, NewSession, Visitor,
    flows::{self, NewFlow},
    otp::{self, Answer, OtpCode},
    register::{Started, give_consent},
    rows::{self, Assurance},
    sessions,
};
use crate::{
    audit::{self, By, Entry},
    core::Core,
    error::Error as Shared,
    limits::{self, REPORTS_PER_PERSON_DAY, REPORTS_PER_PERSON_HOUR, SMS_FOLLOWED_DAY},
    notices::{self, Notice},
    reports::follow,
    sms::{self, Lane, Sms},
};
use base::{
    clock::{DAY, Millis},
    code::Code,
    i18n::Lang,
    ids::Uuid,
    keys::Purpose,
    phone::PhoneNumber,
};
use store::{ConnectionTrait, FromRow, Insert, Sql, Tx, Update};

/// How long after a proof the phone still is the same person's. Operators give a number that was given up to somebody else after
/// two months at the earliest: who proves it later is a new guest, and gets older reports only with their codes.
pub const SAME_PERSON: Millis = 60 * DAY;
/// How long a phone is kept after the last proof, when nothing is open any more (X17).
const KEPT: Millis = 365 * DAY;

/// What stands instead of a phone where it is looked for.
pub(crate) fn phone_key(core: &Core, phone: &PhoneNumber) -> Vec<u8> {
    core.keys.hash(Purpose::GuestIndex, &[phone.as_e164().as_bytes()]).to_vec()
}

/// Why nobody with this phone may report: a guest was blocked within a year, or the citizen who has it.
pub(crate) async fn blocked(core: &Core, tx: &Tx, phone: &PhoneNumber) -> Result<Option<String>, store::Error> {
    let guest: Option<Option<String>> = Sql::new(
        "SELECT a.block_reason FROM guest g JOIN account a ON a.id = g.account_id
         WHERE g.phone_key = $1 AND a.blocked_at > $2 ORDER BY a.blocked_at DESC LIMIT 1",
    )
    .bind(phone_key(core, phone))
    .bind(core.now() - KEPT)
    .scalar(tx)
    .await?;
    if let Some(reason) = guest {
        return Ok(Some(reason.unwrap_or_default()));
    }
    let citizen = rows::by_phone(tx, Kind::Citizen, phone).await?.filter(|c| c.blocked_at.is_some());
    Ok(citizen.map(|c| c.block_reason.unwrap_or_default()))
}

/// The guest of a phone that was just proven, where the phone counts as the same person's.
async fn known(core: &Core, tx: &Tx, phone: &PhoneNumber) -> Result<Option<Uuid>, store::Error> {
    let known: Option<Uuid> = Sql::new(
        "SELECT account_id FROM guest WHERE phone_key = $1 AND proved_at > $2 ORDER BY proved_at DESC, account_id DESC LIMIT 1",
    )
    .bind(phone_key(core, phone))
    .bind(core.now() - SAME_PERSON)
    .scalar(tx)
    .await?;
    if let Some(known) = known {
        proved(tx, known, core.now()).await?;
    }
    Ok(known)
}

/// The guest of a phone, known or new.
pub(crate) async fn of_phone(
    core: &Core,
    tx: &Tx,
    phone: &PhoneNumber,
    flow: &flows::Flow,
) -> Result<Uuid, store::Error> {
    let (now, key) = (core.now(), phone_key(core, phone));
    if let Some(known) = known(core, tx, phone).await? {
        agreed(core, tx, known, flow).await?;
        return Ok(known);
    }
    let account = new_account(core, tx, "", Lang::parse(flow.text("lang")).unwrap_or(Lang::VI), None).await?;
    Insert::into("guest")
        .set("account_id", account)
        .set("phone_key", key)
        .set(
            "phone_sealed",
            core.keys.seal(Purpose::Guest, account.as_bytes(), phone.as_e164().as_bytes(), &core.entropy),
        )
        .set("created_at", now)
        .set("proved_at", now)
        .exec(tx)
        .await?;
    agreed(core, tx, account, flow).await?;
    Ok(account)
}

async fn new_account(core: &Core, tx: &Tx, name: &str, lang: Lang, by: Option<Uuid>) -> Result<Uuid, store::Error> {
    let (account, now) = (core.new_id(), core.now());
    Insert::into("account")
        .set("id", account)
        .set("kind", Kind::Guest.as_str())
        .set("full_name", name)
        .set("assurance", Assurance::Phone.as_str())
        .set("language", lang.as_str())
        .set("created_at", now)
        .set("created_by", by)
        .set("updated_at", now)
        .exec(tx)
        .await?;
    Ok(account)
}

/// Somebody whom an officer writes a report down for and who has no mobile phone (A19): nobody can ever open this account.
pub(crate) async fn without_phone(core: &Core, tx: &Tx, name: &str, officer: Uuid) -> Result<Uuid, store::Error> {
    new_account(core, tx, name, Lang::VI, Some(officer)).await
}

/// What was agreed to on the page that this flow began with; following asks for nothing. Each version once.
async fn agreed(core: &Core, tx: &Tx, guest: Uuid, flow: &flows::Flow) -> Result<(), store::Error> {
    for kind in ["terms", "privacy"] {
        let version = flow.text(kind);
        let given: Option<i32> = Sql::new(
            "SELECT 1 FROM consent WHERE account_id = $1 AND kind = $2 AND version = $3 AND withdrawn_at IS NULL LIMIT 1",
        )
        .bind(guest)
        .bind(kind)
        .bind(version)
        .scalar(tx)
        .await?;
        if !version.is_empty() && given.is_none() {
            give_consent(core, tx, guest, kind, version).await?;
        }
    }
    Ok(())
}

async fn proved(tx: &Tx, guest: Uuid, now: Millis) -> Result<(), store::Error> {
    Sql::new("UPDATE guest SET proved_at = $1 WHERE account_id = $2").bind(now).bind(guest).exec(tx).await?;
    Ok(())
}

/// What a guest may see of what is kept.
#[derive(Debug, Clone)]
pub struct GuestData {
    pub phone: PhoneNumber,
    /// When it was proven first, and last.
    pub since: Millis,
    pub proved_at: Millis,
    pub drafts: i64,
}

/// What a right code led to; commits in any case, because the code is used.
enum Led {
    To(NewSession),
    Nowhere,
    Blocked(String),
}

impl Accounts {
    /// The guests whose reports are this account's now, newest first: what a phone kept for them is the account's too (R2).
    pub async fn claimed_guests(&self, account: Uuid) -> Result<Vec<Uuid>, Error> {
        let sql = "SELECT guest_id FROM guest_claimed WHERE account_id = $1 AND at > $2 ORDER BY at DESC LIMIT 20";
        Ok(Sql::new(sql).bind(account).bind(self.core.now() - KEPT).scalars(self.core.store.read()).await?)
    }

    /// «Gửi không cần tài khoản»: the phone. Errors: as in registering.
    pub async fn start_guest(
        &self,
        phone: PhoneNumber,
        agreed: bool,
        lang: Lang,
        visitor: &Visitor,
        proof: &str,
        before: Option<&str>,
    ) -> Result<Started, Error> {
        let new = self.agreed_flow(FlowKind::Guest, phone, agreed, lang)?;
        self.start_with_code(new, lang, visitor, proof, before).await
    }

    /// «Theo dõi bằng mã»: the report's code and the phone. The page goes on alike, whatever they are (A14).
    pub async fn start_tracking(
        &self,
        code: &Code,
        phone: PhoneNumber,
        lang: Lang,
        visitor: &Visitor,
        proof: &str,
        before: Option<&str>,
    ) -> Result<Started, Error> {
        let data = serde_json::json!({ "code": code.as_str(), "lang": lang.as_str() });
        let new = NewFlow { kind: FlowKind::Track, account: None, phone: Some(phone), step: flows::CODE, data };
        self.start_with_code(new, lang, visitor, proof, before).await
    }

    /// The code page of a guest who is about to report. Errors: as the code page of registering, `Blocked`.
    pub async fn confirm_guest(&self, token: &str, code: OtpCode, visitor: &Visitor) -> Result<NewSession, Error> {
        self.confirm(FlowKind::Guest, token, code, visitor).await.map(|(session, _)| session)
    }

    /// The code page of following. Answers the report's code. Errors: as before; `NotFound` for who proved the phone, whether
    /// there is no such report, or it is another phone's, or an account's by now.
    pub async fn confirm_tracking(
        &self,
        token: &str,
        code: OtpCode,
        visitor: &Visitor,
    ) -> Result<(NewSession, String), Error> {
        self.confirm(FlowKind::Track, token, code, visitor).await
    }

    /// «Dữ liệu của tôi» without an account (A12): the phone, and nothing to agree to. The page goes on alike, whatever is kept (A14).
    pub async fn start_guest_data(
        &self,
        phone: PhoneNumber,
        lang: Lang,
        visitor: &Visitor,
        proof: &str,
        before: Option<&str>,
    ) -> Result<Started, Error> {
        let data = serde_json::json!({ "lang": lang.as_str() });
        let new = NewFlow { kind: FlowKind::GuestData, account: None, phone: Some(phone), step: flows::CODE, data };
        self.start_with_code(new, lang, visitor, proof, before).await
    }

    /// The code page of it. Errors: as before; `NotFound` for who proved a phone of which nothing is kept.
    pub async fn confirm_guest_data(&self, token: &str, code: OtpCode, visitor: &Visitor) -> Result<NewSession, Error> {
        self.confirm(FlowKind::GuestData, token, code, visitor).await.map(|(session, _)| session)
    }

    /// What is kept of a guest besides the reports (A12). Errors: `NotFound` for who is none any more.
    pub async fn guest_data(&self, guest: Uuid) -> Result<GuestData, Error> {
        #[derive(FromRow)]
        struct Row {
            created_at: Millis,
            proved_at: Millis,
            drafts: i64,
        }
        let db = self.core.store.read();
        let row: Option<Row> = Sql::new(
            "SELECT g.created_at, g.proved_at, (SELECT count(*) FROM report_draft d WHERE d.account_id = g.account_id) AS drafts
             FROM guest g WHERE g.account_id = $1",
        )
        .bind(guest)
        .one(db)
        .await?;
        let (Some(row), Some((phone, _))) = (row, reached(&self.core, db, guest).await?) else {
            return Err(Shared::NotFound.into());
        };
        Ok(GuestData { phone, since: row.created_at, proved_at: row.proved_at, drafts: row.drafts })
    }

    async fn confirm(
        &self,
        kind: FlowKind,
        token: &str,
        code: OtpCode,
        visitor: &Visitor,
    ) -> Result<(NewSession, String), Error> {
        let flow = flows::at(&self.core, self.core.store.read(), kind, token, flows::CODE).await?;
        let report = flow.text("code").to_owned();
        let (core, visitor) = (self.core.clone(), visitor.clone());
        let (answer, led) = self
            .core
            .store
            .write(move |tx: Tx| async move {
                let answer = otp::check(&core, &tx, &flow, &code).await?;
                if answer != Answer::Right {
                    return Ok((answer, Led::Nowhere));
                }
                let Some(phone) = flow.phone.clone() else { return Err(Error::FlowGone) };
                if !flows::close(&tx, &flow, core.now()).await? {
                    return Ok((Answer::UsedUp, Led::Nowhere));
                }
                if let Some(reason) = blocked(&core, &tx, &phone).await? {
                    return Ok((answer, Led::Blocked(reason)));
                }
                let who = match kind {
                    FlowKind::Track => tracked(&core, &tx, &phone, &flow).await?,
                    FlowKind::GuestData => known(&core, &tx, &phone).await?,
                    _ => Some(of_phone(&core, &tx, &phone, &flow).await?),
                };
                let Some(who) = who else { return Ok((answer, Led::Nowhere)) };
                Ok::<_, Error>((answer, Led::To(sessions::open(&core, &tx, who, Kind::Guest, "otp", &visitor).await?)))
            })
            .await?;
        answer.into_result()?;
        match led {
            Led::To(session) => Ok((session, report)),
            Led::Nowhere => Err(Shared::NotFound.into()),
            Led::Blocked(reason) => Err(Error::Blocked { reason }),
        }
    }
}

/// The guest who sent this report with this phone. Where the proof is so old that the number may be another person's, the code
/// opens its report and nothing else: the report moves to the guest of today.
async fn tracked(core: &Core, tx: &Tx, phone: &PhoneNumber, flow: &flows::Flow) -> Result<Option<Uuid>, store::Error> {
    #[derive(FromRow)]
    struct Sent {
        id: Uuid,
        guest: Uuid,
        proved_at: Millis,
    }
    let sent: Option<Sent> = Sql::new(
        "SELECT r.id, g.account_id AS guest, g.proved_at FROM report r JOIN guest g ON g.account_id = r.reporter
         WHERE r.code = $1 AND g.phone_key = $2",
    )
    .bind(flow.text("code"))
    .bind(phone_key(core, phone))
    .one(tx)
    .await?;
    let Some(sent) = sent else { return Ok(None) };
    if sent.proved_at > core.now() - SAME_PERSON {
        proved(tx, sent.guest, core.now()).await?;
        return Ok(Some(sent.guest));
    }
    let today = of_phone(core, tx, phone, flow).await?;
    Update::table("report").set("reporter", today).by_id(sent.id, tx).await?;
    Ok(Some(today))
}

/// Somebody with an account proves their phone: what was sent with it without an account is theirs from now on (R3). In the
/// transaction of the registration, the recovery or the change of the phone: the guest's row is there for one of two at the same moment only.
pub(crate) async fn claim(core: &Core, tx: &Tx, account: Uuid) -> Result<(), store::Error> {
    let phone: Option<Option<String>> =
        Sql::new("SELECT phone FROM account WHERE id = $1").bind(account).scalar(tx).await?;
    let Some(phone) = phone.flatten().and_then(|p| PhoneNumber::parse(&p).ok()) else { return Ok(()) };
    let now = core.now();
    let guests: Vec<Uuid> = Sql::new(
        "DELETE FROM guest WHERE phone_key = $1 AND proved_at > $2
            AND NOT EXISTS (SELECT 1 FROM account a WHERE a.id = guest.account_id AND a.blocked_at IS NOT NULL)
         RETURNING account_id",
    )
    .bind(phone_key(core, &phone))
    .bind(now - SAME_PERSON)
    .scalars(tx)
    .await?;
    let mut reports = 0;
    for guest in &guests {
        // Nothing that others see changes: not the report's time, nor its figures.
        reports += Update::table("report").set("reporter", account).by(vec![("reporter", (*guest).into())], tx).await?;
        follow::move_to(tx, *guest, account).await?;
        Sql::new("UPDATE notice SET account_id = $1, read_at = coalesce(read_at, $2) WHERE account_id = $3")
            .bind(account)
            .bind(now)
            .bind(*guest)
            .exec(tx)
            .await?;
        for table in ["activity", "report_draft", "upload", "idempotency"] {
            let sql = format!("UPDATE {table} SET account_id = $1 WHERE account_id = $2");
            Sql::new(sql).bind(account).bind(*guest).exec(tx).await?;
        }
        forget(core, tx, *guest, "claimed").await?;
        Insert::into("guest_claimed")
            .set("guest_id", *guest)
            .set("account_id", account)
            .set("at", now)
            .exec(tx)
            .await?;
        let entry = Entry {
            by: By::Citizen { account },
            act: "guest-claimed",
            object: format!("account {account}"),
            reason: String::new(),
            data: serde_json::json!({ "guest": guest }),
        };
        audit::write(tx, &core.clock, &core.entropy, entry).await?;
    }
    if reports > 0 {
        let notice = Notice {
            account,
            kind: "report",
            key: "notice-guest-claimed".into(),
            args: vec![("n", reports.to_string())],
            link: "/phan-anh/cua-toi".into(),
            sms: None,
        };
        notices::tell(core, tx, notice).await?;
    }
    Ok(())
}

/// The phone is gone, and with it every way to this guest.
async fn forget(core: &Core, tx: &Tx, guest: Uuid, why: &'static str) -> Result<(), store::Error> {
    Sql::new("DELETE FROM guest WHERE account_id = $1").bind(guest).exec(tx).await?;
    sessions::end(core, tx, guest, None, why).await?;
    Sql::new("UPDATE account SET deleted_at = $1, full_name = '' WHERE id = $2 AND kind = 'guest'")
        .bind(core.now())
        .bind(guest)
        .exec(tx)
        .await?;
    Ok(())
}

/// A guest sends a report: the limits of one person, counted by the phone. Errors: `NotFound` when an account has claimed the
/// guest meanwhile or the data were deleted, `Forbidden` for a blocked one, `TooOften`.
pub(crate) async fn sends(core: &Core, tx: &Tx, guest: Uuid) -> Result<(), Shared> {
    // Writing holds the row until the report is there: who claims at the same moment comes before or after.
    let key: Option<Vec<u8>> =
        Sql::new("UPDATE guest SET proved_at = proved_at WHERE account_id = $1 RETURNING phone_key")
            .bind(guest)
            .scalar(tx)
            .await?;
    let key = key.ok_or(Shared::NotFound)?;
    // A phone that cannot be read any more cannot be asked about either.
    let Some((phone, _)) = reached(core, tx, guest).await? else { return Err(Shared::Forbidden) };
    if blocked(core, tx, &phone).await?.is_some() {
        return Err(Shared::Forbidden);
    }
    for limit in [REPORTS_PER_PERSON_HOUR, REPORTS_PER_PERSON_DAY] {
        if let Err(over) = limits::hit(tx, &core.keys, limit, &key, core.now()).await? {
            return Err(Shared::TooOften { again_at: over.again_at });
        }
    }
    Ok(())
}

#[derive(FromRow)]
struct Reached {
    phone_sealed: Vec<u8>,
    language: String,
}

async fn reached(
    core: &Core,
    db: &impl ConnectionTrait,
    guest: Uuid,
) -> Result<Option<(PhoneNumber, Lang)>, store::Error> {
    let row: Option<Reached> = Sql::new(
        "SELECT g.phone_sealed, a.language FROM guest g JOIN account a ON a.id = g.account_id WHERE g.account_id = $1",
    )
    .bind(guest)
    .one(db)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let plain = core.keys.open(Purpose::Guest, guest.as_bytes(), &row.phone_sealed).ok();
    let phone = plain.and_then(|p| String::from_utf8(p).ok()).and_then(|p| PhoneNumber::parse(&p).ok());
    Ok(phone.map(|phone| (phone, Lang::parse(&row.language).unwrap_or(Lang::VI))))
}

/// For `views::reveal`, which has asked for the right and the reason and has written both down; and for the person's own download.
pub(crate) async fn phone(core: &Core, guest: Uuid) -> Result<Option<PhoneNumber>, store::Error> {
    Ok(reached(core, core.store.read(), guest).await?.map(|(phone, _)| phone))
}

/// Whether a report's person is a guest: staff see that much without a reason.
pub async fn is_guest(db: &impl ConnectionTrait, account: Uuid) -> Result<bool, store::Error> {
    let found: Option<i32> = Sql::new("SELECT 1 FROM guest WHERE account_id = $1").bind(account).scalar(db).await?;
    Ok(found.is_some())
}

/// Which report an SMS to a guest is about, and what happened to it (text key).
pub(crate) struct About<'a> {
    pub report: &'a str,
    /// The guest's own: read after phone and code were proven; else it is public.
    pub own: bool,
    pub state: &'a str,
}

/// An SMS to a guest; its link says nothing about the person. Without the phone nothing is sent.
pub(crate) async fn text(
    core: &Core,
    tx: &Tx,
    guest: Uuid,
    About { report, own, state }: About<'_>,
    dedupe: String,
) -> Result<(), store::Error> {
    let Some((to, lang)) = reached(core, tx, guest).await? else { return Ok(()) };
    if !own && limits::hit(tx, &core.keys, SMS_FOLLOWED_DAY, &phone_key(core, &to), core.now()).await?.is_err() {
        return Ok(());
    }
    let path = if own { "theo-doi?ma=" } else { "phan-anh/" };
    let speaker = core.speaker(lang);
    let shown = Code::parse(report).map_or_else(|_| report.to_owned(), |c| c.to_string());
    let args = [
        ("app", core.province().pack.province.app_name.get(lang).to_owned()),
        ("code", shown),
        ("state", speaker.t(state).into_owned()),
        ("link", format!("{}/{path}{report}", core.settings.origin)),
    ];
    let args: Vec<(&str, &str)> = args.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let sms = Sms { to, text: speaker.ta("sms-report", &args) };
    sms::put(core, tx, &sms, Lane::Normal, Some(dedupe), DAY).await
}

/// Forgets phones of which nothing is open and that nobody proved for a year; a block of less than a year outlives them. At most 200 a call.
pub(crate) async fn sweep(core: &Core, tx: &Tx) -> Result<(), store::Error> {
    let old: Vec<Uuid> = Sql::new(
        "SELECT g.account_id FROM guest g JOIN account a ON a.id = g.account_id WHERE g.proved_at < $1 AND (a.blocked_at IS NULL OR a.blocked_at < $1)
            AND NOT EXISTS (SELECT 1 FROM report r WHERE r.reporter = g.account_id AND r.open = TRUE) LIMIT 200",
    )
    .bind(core.now() - KEPT)
    .scalars(tx)
    .await?;
    // Those without a phone: a name at most.
    let nameless: Vec<Uuid> = Sql::new(
        "SELECT a.id FROM account a WHERE a.kind = 'guest' AND a.created_by IS NOT NULL AND a.deleted_at IS NULL AND a.created_at < $1
            AND NOT EXISTS (SELECT 1 FROM report r WHERE r.reporter = a.id AND r.open = TRUE) LIMIT 200",
    )
    .bind(core.now() - KEPT)
    .scalars(tx)
    .await?;
    for guest in old.into_iter().chain(nameless) {
        Sql::new("UPDATE report SET reporter = NULL WHERE reporter = $1").bind(guest).exec(tx).await?;
        follow::forget(tx, guest).await?;
        forget(core, tx, guest, "swept").await?;
    }
    Ok(())
}
