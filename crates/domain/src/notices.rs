//! The inbox «Thông báo» and, where the person chose it, an SMS for the same step.

use crate::{
    core::Core,
    error::Error,
    sms::{self, Lane, Sms},
};
use base::{
    clock::{DAY, Millis},
    i18n::{Lang, Speaker},
    ids::Uuid,
    phone::PhoneNumber,
};
use store::FromRow;
use store::{ConnectionTrait, Insert, Sql, Tx};

/// Something to tell one person. The words are made from `key` and `args` in the reader's language.
pub struct Notice {
    pub account: Uuid,
    /// `report`, `account`, … : the tabs of the inbox.
    pub kind: &'static str,
    pub key: String,
    pub args: Vec<(&'static str, String)>,
    pub link: String,
    /// Text key of an SMS for those who chose SMS; `None` for the inbox alone.
    pub sms: Option<NoticeSms>,
}

pub struct NoticeSms {
    pub key: &'static str,
    pub args: Vec<(&'static str, String)>,
    pub dedupe: String,
}

pub async fn tell(core: &Core, tx: &Tx, notice: Notice) -> Result<(), store::Error> {
    let args: serde_json::Map<String, serde_json::Value> =
        notice.args.iter().map(|(k, v)| ((*k).to_owned(), v.clone().into())).collect();
    Insert::into("notice")
        .set("id", core.new_id())
        .set("account_id", notice.account)
        .set("at", core.now())
        .set("kind", notice.kind)
        .set("key", notice.key)
        .set("args", serde_json::Value::Object(args).to_string())
        .set("link", notice.link)
        .exec(tx)
        .await?;
    let Some(message) = notice.sms else { return Ok(()) };
    #[derive(FromRow)]
    struct To {
        phone: Option<String>,
        language: String,
        notify_sms: bool,
    }
    let to: Option<To> =
        Sql::new("SELECT phone, language, notify_sms FROM account WHERE id = $1 AND deleted_at IS NULL")
            .bind(notice.account)
            .one(tx)
            .await?;
    let Some(To { phone: Some(phone), language, notify_sms: true }) = to else { return Ok(()) };
    let Ok(phone) = PhoneNumber::parse(&phone) else { return Ok(()) };
    let speaker = core.speaker(Lang::parse(&language).unwrap_or(Lang::VI));
    let args: Vec<(&str, &str)> = message.args.iter().map(|(k, v)| (*k, v.as_str())).collect();
    let sms = Sms { to: phone, text: speaker.ta(message.key, &args) };
    sms::put(core, tx, &sms, Lane::Normal, Some(message.dedupe), DAY).await
}

/// A line of the inbox.
#[derive(Debug, Clone, FromRow)]
pub struct Line {
    pub id: Uuid,
    pub at: Millis,
    pub kind: String,
    pub key: String,
    pub args: String,
    pub link: String,
    pub read_at: Option<Millis>,
}

impl Line {
    /// The words in the reader's language.
    pub fn words(&self, speaker: &Speaker) -> String {
        let args: std::collections::BTreeMap<String, String> = serde_json::from_str(&self.args).unwrap_or_default();
        let args: Vec<(&str, &str)> = args.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        speaker.ta(&self.key, &args)
    }
}

/// Lines of a page of the inbox.
pub const PAGE: usize = 30;

/// Thirty lines, newest first; `before` is the id of the last line shown.
pub async fn inbox(core: &Core, account: Uuid, before: Option<Uuid>) -> Result<Vec<Line>, Error> {
    inbox_of(core, account, None, before).await
}

/// The same of one kind: a tab of the inbox.
pub async fn inbox_of(
    core: &Core,
    account: Uuid,
    kind: Option<&str>,
    before: Option<Uuid>,
) -> Result<Vec<Line>, Error> {
    let mut sql =
        Sql::new("SELECT id, at, kind, key, args, link, read_at FROM notice WHERE account_id = ").bind(account);
    sql.push("$1");
    if let Some(kind) = kind {
        let mark = sql.value(kind.to_owned());
        sql.push(&format!(" AND kind = {mark}"));
    }
    if let Some(before) = before {
        let mark = sql.value(before);
        sql.push(&format!(" AND id < {mark}"));
    }
    sql.push(&format!(" ORDER BY at DESC, id DESC LIMIT {PAGE}"));
    Ok(sql.all(core.store.read()).await?)
}

/// For the badge.
pub async fn unread(db: &impl ConnectionTrait, account: Uuid) -> Result<i64, store::Error> {
    let n: Option<i64> = Sql::new("SELECT count(*) FROM notice WHERE account_id = $1 AND read_at IS NULL")
        .bind(account)
        .scalar(db)
        .await?;
    Ok(n.unwrap_or(0))
}

/// Opens a line of the inbox: it is read from now on, and the answer is where it leads. A foreign one does not exist.
pub async fn open(core: &Core, account: Uuid, id: Uuid) -> Result<String, Error> {
    let link = link(core, account, id).await?;
    mark_read(core, account, Some(id)).await?;
    Ok(link)
}

/// Where a line leads, without reading it for anybody.
pub async fn link(core: &Core, account: Uuid, id: Uuid) -> Result<String, Error> {
    let link: Option<String> = Sql::new("SELECT link FROM notice WHERE id = $1 AND account_id = $2")
        .bind(id)
        .bind(account)
        .scalar(core.store.read())
        .await?;
    link.ok_or(Error::NotFound)
}

/// Marks one line, or all when `id` is `None`.
pub async fn mark_read(core: &Core, account: Uuid, id: Option<Uuid>) -> Result<(), Error> {
    let now = core.now();
    core.store
        .write(move |tx: Tx| async move {
            let mut sql = Sql::new("UPDATE notice SET read_at = $1 WHERE account_id = $2 AND read_at IS NULL")
                .bind(now)
                .bind(account);
            if let Some(id) = id {
                let mark = sql.value(id);
                sql.push(&format!(" AND id = {mark}"));
            }
            sql.exec(&tx).await.map_err(Error::from)
        })
        .await?;
    Ok(())
}
