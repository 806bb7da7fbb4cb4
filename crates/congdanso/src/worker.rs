//! What happens after the commit: messages leave the house, receipts come back, the audit chain is sealed, time passes for
//! reports. Everything is done at least once and can be done twice; a killed worker is taken over by the next.

use crate::{banks, catalogue, dossiers, fees};
use base::clock::{MINUTE, Millis, SECOND};
use domain::{
    accounts::linked::turn,
    audit,
    core::Core,
    dossiers::tell,
    payments, province,
    reports::{automatic, media, reminders, tally, watch},
    sms,
};
use futures_util::future::join_all;
use gateways::{
    pictures::{Pictures, Unfetched},
    sms::{Lane, OutgoingSms, Receipt, ReceiptState, SmsError, SmsGateway, count_parts, message_reference},
};
use identity::{provider::Provider, rp::Rp};
use std::{ops::RangeInclusive, sync::Arc, time::Duration};
use store::outbox::{Claimed, Outcome};
use tokio::{sync::mpsc, task::JoinSet};
use tokio_util::sync::CancellationToken;
use web::Web;

/// Messages claimed at once: few enough that a dead worker holds up little, enough to fill an operator's window.
const AT_ONCE: i64 = 32;
/// After a lost answer: how long a late receipt may settle it before it is sent again.
const UNKNOWN_WAIT: Millis = 6 * MINUTE;

const URGENT: RangeInclusive<i32> = 0..=0;
const OTHERS: RangeInclusive<i32> = 1..=i32::MAX;

#[derive(Clone)]
pub struct Worker {
    core: Core,
    gateway: Arc<dyn SmsGateway>,
    /// For claims: unique to this process's worker.
    name: Arc<str>,
    /// Long texts travel in one submit, so the operator gives one id for all parts.
    long_in_one: bool,
    /// Providers whose unfinished ways are forgotten in time.
    elsewhere: Vec<Rp>,
    /// The national portal, whose provider tells its clients of ended sessions and turns its keys.
    portal: Option<Web>,
    /// Where a province tells of its dossiers (N14).
    tells: Option<dossiers::Portal>,
}

pub fn start(worker: Worker, receipts: Option<mpsc::Receiver<Receipt>>, stop: CancellationToken) -> JoinSet<()> {
    let mut tasks = JoinSet::new();
    // Apart, so that a code never waits for the answers to a batch of notices (W5).
    tasks.spawn(worker.clone().send_sms(URGENT, stop.clone()));
    tasks.spawn(worker.clone().send_sms(OTHERS, stop.clone()));
    if let Some(receipts) = receipts {
        tasks.spawn(worker.clone().take_receipts(receipts, stop.clone()));
    }
    let core = worker.core.clone();
    tasks.spawn(every(Duration::from_secs(1), stop.clone(), move || {
        let core = core.clone();
        async move {
            // Until nothing waits, so that a burst is sealed within seconds.
            while audit::seal(&core.store, core.now()).await? > 0 {}
            Ok(())
        }
    }));
    let core = worker.core.clone();
    tasks.spawn(every(Duration::from_secs(2), stop.clone(), move || {
        let core = core.clone();
        async move { show_queue(&core).await }
    }));
    let core = worker.core.clone();
    tasks.spawn(every(Duration::from_secs(3), stop.clone(), move || {
        let core = core.clone();
        async move { province::refresh(&core).await.map(|_| ()) }
    }));
    let core = worker.core.clone();
    tasks.spawn(every(Duration::from_secs(2), stop.clone(), move || {
        let core = core.clone();
        async move { watch::work(&core).await.map(|_| ()) }
    }));
    tasks.spawn(tidy_search(worker.core.store.clone(), stop.clone()));
    tasks.spawn(turn_keys(worker.core.clone(), stop.clone()));
    let core = worker.core.clone();
    if !core.settings.media.hosts.is_empty() {
        let pictures = Pictures::new(&core.settings.media.hosts, core.settings.media.local);
        tasks.spawn(every(Duration::from_secs(2), stop.clone(), move || {
            let (core, pictures) = (core.clone(), pictures.clone());
            async move { fetch_pictures(&core, &pictures).await }
        }));
    }
    if let Some(tells) = worker.tells {
        let (core, name) = (worker.core.clone(), worker.name.clone());
        tasks.spawn(every(Duration::from_secs(1), stop.clone(), move || {
            let (core, name, tells) = (core.clone(), name.clone(), tells.clone());
            async move {
                dossiers::send(&core, &tells, &name).await?;
                fees::send(&core, &tells, &name).await
            }
        }));
    }
    for rp in worker.elsewhere {
        tasks.spawn(every(Duration::from_secs(60), stop.clone(), move || {
            let rp = rp.clone();
            async move {
                if let Err(e) = rp.sweep().await {
                    tracing::error!(error = %e, "unfinished ways to a provider were not forgotten");
                }
                Ok(())
            }
        }));
    }
    if let Some((portal, issuer)) = worker.portal.and_then(|web| web.issuer.clone().map(|issuer| (web, issuer))) {
        match catalogue::reader(&worker.core) {
            Ok(outgoing) => {
                let core = worker.core.clone();
                _ = tasks.spawn(every(Duration::from_secs(5), stop.clone(), move || {
                    let (core, outgoing) = (core.clone(), outgoing.clone());
                    async move { catalogue::read(&core, &outgoing).await }
                }));
            }
            Err(e) => tracing::error!(error = %e, "the procedures of connected systems cannot be read"),
        }
        let (core, name, web) = (worker.core.clone(), worker.name.clone(), portal.clone());
        if web.is_national() {
            tasks.spawn(every(Duration::from_secs(2), stop.clone(), move || {
                let (core, name, web) = (core.clone(), name.clone(), web.clone());
                async move { banks::end(&core, &web.banks, &name).await }
            }));
            let (core, name, web) = (worker.core.clone(), worker.name.clone(), portal.clone());
            tasks.spawn(every(Duration::from_secs(1), stop.clone(), move || {
                let (core, name, web) = (core.clone(), name.clone(), web.clone());
                async move { fees::tell_provinces(&core, &web, &name).await }
            }));
            let (core, web) = (worker.core.clone(), portal.clone());
            tasks.spawn(every(Duration::from_secs(5), stop.clone(), move || {
                let (core, web) = (core.clone(), web.clone());
                async move { fees::work(&core, &web).await }
            }));
            let core = worker.core.clone();
            tasks.spawn(every(Duration::from_secs(60), stop.clone(), move || {
                let core = core.clone();
                async move { fees::show(&core).await }
            }));
        }
        let (core, name, provider) = (worker.core.clone(), worker.name.clone(), issuer.clone());
        tasks.spawn(every(Duration::from_secs(1), stop.clone(), move || {
            let (core, name, provider) = (core.clone(), name.clone(), provider.clone());
            async move { end_sessions(&core, &provider, &name).await }
        }));
        tasks.spawn(every(Duration::from_secs(60), stop.clone(), move || {
            let (portal, issuer) = (portal.clone(), issuer.clone());
            async move {
                let kept = async {
                    issuer.rotate_keys().await?;
                    issuer.sweep().await?;
                    web::national::refresh(&portal).await
                };
                kept.await.map_err(of_provider)
            }
        }));
    }
    let core = worker.core;
    tasks.spawn(every(Duration::from_secs(600), stop, move || {
        let core = core.clone();
        async move {
            // A database from before the figures gets them once.
            tally::ensure(&core).await?;
            automatic::close_resolved(&core).await?;
            reminders::remind(&core).await?;
            automatic::sweep(&core).await?;
            Ok(core.store.ease().await?)
        }
    }));
    tasks
}

/// Runs `job` again and again; an error is logged and tried again at the next turn.
async fn every<F, Fut>(pause: Duration, stop: CancellationToken, job: F)
where
    F: Fn() -> Fut,
    Fut: Future<Output = Result<(), domain::error::Error>>,
{
    let mut failures = 0u32;
    loop {
        match job().await {
            Ok(()) => failures = 0,
            Err(e) => {
                failures += 1;
                if failures.is_power_of_two() {
                    tracing::error!(error = %e, failures, "background work failed; it is tried again");
                }
            }
        }
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Joins the parts of the search index while there are any, step by step, with the writer free for others in between.
async fn tidy_search(store: store::Store, stop: CancellationToken) {
    loop {
        let pause = match store.tidy_search().await {
            Ok(true) => Duration::from_millis(50),
            Ok(false) => Duration::from_secs(2),
            Err(e) => {
                tracing::error!(error = %e, "the search index was not put together; it is tried again");
                Duration::from_secs(60)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

/// Seals what is kept of persons with the key of now (A15), a few hundred rows at a time; then looks every minute for rows that another
/// node still wrote with the key before.
async fn turn_keys(core: Core, stop: CancellationToken) {
    let (mut walk, mut steps) = (turn::Walk::default(), 0u64);
    loop {
        let pause = match turn::step(&core, &mut walk).await {
            Ok(true) => {
                steps += 1;
                Duration::from_millis(5)
            }
            Ok(false) => {
                if walk.broken > 0 {
                    tracing::error!(
                        rows = walk.broken,
                        "data of persons that no key opens; is the key before the last one missing?"
                    );
                } else if steps > 0 {
                    tracing::info!(
                        "all data of persons is sealed with the key of now; the one before is needed no more"
                    );
                }
                (walk, steps) = (turn::Walk::default(), 0);
                Duration::from_secs(60)
            }
            Err(e) => {
                tracing::error!(error = %e, "the key of persons' data was not turned; it is tried again");
                Duration::from_secs(60)
            }
        };
        tokio::select! {
            () = tokio::time::sleep(pause) => {}
            () = stop.cancelled() => return,
        }
    }
}

fn of_provider(error: identity::error::Error) -> domain::error::Error {
    match error {
        identity::error::Error::Store(e) => e.into(),
        identity::error::Error::Internal(what) => domain::error::Error::Internal(what),
        identity::error::Error::People(why) => {
            tracing::error!(why, "the portal could not answer its provider");
            domain::error::Error::Internal("the portal's people")
        }
    }
}

/// What was given in sessions that ended ends, and for organisations that somebody acts for no longer (A11); their clients are told (N8).
pub async fn end_sessions(core: &Core, provider: &Provider, name: &str) -> Result<(), domain::error::Error> {
    for session in domain::national::ended_sessions(core).await? {
        let end = provider.session_end(session);
        core.store.write(move |tx: store::Tx| async move { end.put(&tx).await }).await.map_err(of_provider)?;
    }
    for (person, organization) in domain::national::ended_acting(core).await? {
        let end = provider.acting_end(person, organization);
        core.store.write(move |tx: store::Tx| async move { end.put(&tx).await }).await.map_err(of_provider)?;
    }
    provider.deliver_logouts(name, 20).await.map(|_| ()).map_err(of_provider)
}

/// Fetches the pictures that other systems named (R12), one after the other: nobody waits for them.
pub async fn fetch_pictures(core: &Core, pictures: &Pictures) -> Result<(), domain::error::Error> {
    for wanted in media::due(core).await? {
        match pictures.fetch(&wanted.url).await {
            Ok(bytes) => {
                // What cannot be kept is tried again like what cannot be fetched; the others go on.
                if let Err(e) = media::arrived(core, &wanted, bytes).await {
                    tracing::error!(error = %e, "a fetched picture could not be kept");
                    media::failed(core, &wanted, "kept", true).await?;
                }
            }
            Err(Unfetched::Never(why)) => media::failed(core, &wanted, why, false).await?,
            Err(Unfetched::Later(why)) => media::failed(core, &wanted, why, true).await?,
        }
    }
    Ok(())
}

/// Brings the gauges of the outbox up to date: what waits, by lane, and for how long the oldest has.
async fn show_queue(core: &Core) -> Result<(), domain::error::Error> {
    let waiting = core.store.outbox_waiting(sms::CHANNEL).await?;
    for (lane, name) in [(0, "urgent"), (1, "normal"), (2, "bulk")] {
        let n = waiting.iter().find(|w| w.lane == lane).map_or(0, |w| w.n);
        metrics::gauge!("outbox_waiting", "channel" => sms::CHANNEL, "lane" => name).set(n as f64);
    }
    let oldest = waiting.iter().filter_map(|w| w.oldest).min().map_or(0, |at| (core.now() - at).max(0));
    metrics::gauge!("outbox_oldest_seconds", "channel" => sms::CHANNEL).set(oldest as f64 / SECOND as f64);
    for channel in [tell::CHANNEL, payments::tell::CHANNEL, payments::CHANNEL] {
        let waiting = core.store.outbox_waiting(channel).await?;
        let n: i64 = waiting.iter().map(|w| w.n).sum();
        metrics::gauge!("outbox_waiting", "channel" => channel, "lane" => "normal").set(n as f64);
        let oldest = waiting.iter().filter_map(|w| w.oldest).min().map_or(0, |at| (core.now() - at).max(0));
        metrics::gauge!("outbox_oldest_seconds", "channel" => channel).set(oldest as f64 / SECOND as f64);
    }
    Ok(())
}

impl Worker {
    pub fn new(core: Core, gateway: Arc<dyn SmsGateway>, long_in_one: bool) -> Self {
        let name = format!("{}-{}", std::process::id(), core.new_id().simple()).into();
        Self { core, gateway, name, long_in_one, elsewhere: Vec::new(), portal: None, tells: None }
    }

    /// With providers that people may come from.
    pub fn sweeping(mut self, elsewhere: Vec<Rp>) -> Self {
        self.elsewhere = elsewhere;
        self
    }

    /// With the provider of the national portal; a province has none.
    pub fn providing(mut self, web: Web) -> Self {
        self.portal = Some(web);
        self
    }

    /// With a portal that it tells of its dossiers.
    pub fn telling(mut self, tells: Option<dossiers::Portal>) -> Self {
        self.tells = tells;
        self
    }

    async fn send_sms(self, lanes: RangeInclusive<i32>, stop: CancellationToken) {
        let name = self.name.to_string();
        loop {
            tokio::select! {
                () = self.gateway.ready() => {}
                () = stop.cancelled() => return,
            }
            let claimed = match self.claim(lanes.clone(), &name).await {
                Ok(claimed) => claimed,
                Err(e) => {
                    tracing::error!(error = %e, "the outbox cannot be read");
                    pause(&stop, Duration::from_secs(2)).await;
                    continue;
                }
            };
            if claimed.is_empty() {
                if stop.is_cancelled() {
                    return;
                }
                pause(&stop, Duration::from_millis(150)).await;
                continue;
            }
            // Polled in their order, so that they enter the gateway's queue in it.
            join_all(claimed.iter().map(|message| self.send_one(message, &name))).await;
        }
    }

    async fn claim(&self, lanes: RangeInclusive<i32>, name: &str) -> Result<Vec<Claimed>, store::Error> {
        let (store, now) = (&self.core.store, self.core.now());
        // After a pause of the operator codes go out before everything that waited with them.
        if lanes != URGENT && store.is_outbox_due(sms::CHANNEL, URGENT, now).await? {
            return Ok(Vec::new());
        }
        store.claim_outbox_lanes(sms::CHANNEL, lanes, name, AT_ONCE, now).await
    }

    async fn send_one(&self, message: &Claimed, name: &str) {
        let outcome = self.try_send(message).await;
        // The answer of the operator must not be lost to a busy database: try until it is written.
        for attempt in 0..20u64 {
            let settled =
                self.core.store.settle_outbox(sms::CHANNEL, message.id, name, outcome.clone(), self.core.now()).await;
            match settled {
                Ok(()) => return,
                Err(e) => {
                    tracing::error!(error = %e, attempt, "the outcome of a message cannot be written");
                    tokio::time::sleep(Duration::from_millis(100 * (attempt + 1))).await;
                }
            }
        }
    }

    async fn try_send(&self, message: &Claimed) -> Outcome {
        let now = self.core.now();
        if now > message.expires_at {
            return Outcome::Failed { error: "expired".into() };
        }
        let Some(sms) = sms::open(&self.core, message.id, &message.payload) else {
            return Outcome::Failed { error: "sealed with another key".into() };
        };
        let lane = match message.lane {
            0 => Lane::Urgent,
            1 => Lane::Normal,
            _ => Lane::Bulk,
        };
        let outgoing = OutgoingSms {
            id: message.id.to_string(),
            to: sms.to,
            text: sms.text,
            lane,
            deliver_by: Some(message.expires_at),
        };
        match self.gateway.send(outgoing).await {
            Ok(accepted) => Outcome::Sent { peer_ids: accepted.message_ids },
            Err(SmsError::Permanent(refusal)) => Outcome::Failed { error: refusal.code() },
            Err(SmsError::Retry { after }) => {
                Outcome::Later { at: now + after.as_millis() as Millis, error: "operator busy".into() }
            }
            Err(SmsError::NotConnected) => Outcome::Later { at: now + SECOND, error: "no connection".into() },
            // A one-time code is not sent again: the person asks for another.
            Err(SmsError::Unknown { .. }) if lane == Lane::Urgent => {
                Outcome::Unknown { at: message.expires_at + SECOND }
            }
            Err(SmsError::Unknown { .. }) => Outcome::Unknown { at: now + UNKNOWN_WAIT },
        }
    }

    async fn take_receipts(self, mut receipts: mpsc::Receiver<Receipt>, stop: CancellationToken) {
        loop {
            let receipt = tokio::select! {
                receipt = receipts.recv() => receipt,
                () = stop.cancelled() => return,
            };
            let Some(receipt) = receipt else { return };
            for attempt in 0..20u64 {
                match self.take_receipt(&receipt).await {
                    Ok(()) => break,
                    Err(e) => {
                        tracing::error!(error = %e, attempt, "a receipt cannot be written");
                        tokio::time::sleep(Duration::from_millis(200 * (attempt + 1))).await;
                    }
                }
            }
        }
    }

    async fn take_receipt(&self, receipt: &Receipt) -> Result<(), store::Error> {
        let now = self.core.now();
        if receipt.state != ReceiptState::Accepted {
            let delivered = receipt.state == ReceiptState::Delivered;
            let error = format!("{} {}", receipt.state.as_str(), receipt.error_code.as_deref().unwrap_or_default());
            // The receipt may overtake our own note of the ids by a moment.
            for _ in 0..10 {
                if self
                    .core
                    .store
                    .receive_receipt(sms::CHANNEL, &receipt.message_id, delivered, error.trim().to_owned(), now)
                    .await?
                {
                    return Ok(());
                }
                if receipt.reference.is_some() && self.settle_unknown(receipt, now).await? {
                    return Ok(());
                }
                tokio::time::sleep(Duration::from_millis(100)).await;
            }
            metrics::counter!("sms_foreign_receipts_total").increment(1);
        } else if receipt.reference.is_some() {
            self.settle_unknown(receipt, now).await?;
        }
        Ok(())
    }

    /// A message whose answer was lost, with the connection or with the process, and whose receipt proves that the operator
    /// had it.
    async fn settle_unknown(&self, receipt: &Receipt, now: Millis) -> Result<bool, store::Error> {
        for message in self.core.store.unknown_outbox(sms::CHANNEL, &self.name).await? {
            let same_reference = receipt.reference == Some(message_reference(&message.id.to_string()));
            if !same_reference {
                continue;
            }
            let Some(sms) = sms::open(&self.core, message.id, &message.payload) else { continue };
            if sms.to.as_e164().trim_start_matches('+') != receipt.phone.trim_start_matches('+') {
                continue;
            }
            let parts = if self.long_in_one { 1 } else { count_parts(&sms.text).parts };
            self.core.store.prove_part(sms::CHANNEL, message.id, &receipt.message_id, parts, now).await?;
            return Ok(true);
        }
        Ok(false)
    }
}

async fn pause(stop: &CancellationToken, time: Duration) {
    tokio::select! {
        () = tokio::time::sleep(time) => {}
        () = stop.cancelled() => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain::{
        core::Settings,
        reports::{Contact, Draft, OPEN311, Place, media::Sources, submit},
        testing,
    };
    use store::{Sql, testing::each_engine};
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    /// Answers by path: a photo, text that says it is one, a redirect to itself; else nothing at all.
    async fn other_system() -> u16 {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let mut photo = std::io::Cursor::new(Vec::new());
        image::RgbImage::from_pixel(64, 48, image::Rgb([90, 90, 90]))
            .write_to(&mut photo, image::ImageFormat::Png)
            .unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                let mut asked = [0u8; 1024];
                let n = stream.read(&mut asked).await.unwrap_or(0);
                let asked = String::from_utf8_lossy(&asked[..n]).into_owned();
                let of = |status: &str, body: &[u8]| {
                    [format!("HTTP/1.1 {status}\r\nContent-Length: {}\r\n\r\n", body.len()).as_bytes(), body].concat()
                };
                let answer = match asked.split(' ').nth(1).unwrap_or_default() {
                    "/anh.png" => of("200 OK", photo.get_ref()),
                    "/text.jpg" => of("200 OK", b"<script>alert(1)</script>"),
                    "/to.jpg" => of("302 Found\r\nLocation: http://127.0.0.1/anh.png", b""),
                    _ => of("503 Busy", b""),
                };
                let _ = stream.write_all(&answer).await;
            }
        });
        port
    }

    #[tokio::test]
    async fn r12_a_named_picture_becomes_a_photo_and_what_is_none_leaves_only_its_address() {
        each_engine(async |db| {
            let port = other_system().await;
            let media = Sources { hosts: vec!["127.0.0.1".into()], local: true };
            let settings = Settings { media: media.clone(), ..Settings::default() };
            let core = testing::core(&db).await.with(|parts| parts.settings = Arc::new(settings));
            let sender = testing::citizen(&core, 1).await;
            let pictures = Pictures::new(&media.hosts, media.local);
            let send = async |path: &str| {
                let draft = Draft {
                    content: "Ổ gà".into(),
                    category: "khac".into(),
                    place: Place { commune: Some("18880".into()), address: "Chợ".into(), ..Place::default() },
                    contact: Contact { media: format!("http://127.0.0.1:{port}{path}"), ..Contact::default() },
                    ..Draft::default()
                };
                submit(&core, sender, &draft, vec![], None, OPEN311).await.unwrap().id
            };
            let mut ids = Vec::new();
            for path in ["/anh.png", "/text.jpg", "/to.jpg", "/later.jpg"] {
                core.clock.advance(1000);
                ids.push(send(path).await);
            }
            fetch_pictures(&core, &pictures).await.unwrap();
            for (n, id) in ids.iter().enumerate() {
                let photos: Option<i32> =
                    Sql::new("SELECT photos FROM report WHERE id = $1").bind(*id).scalar(core.store.read()).await.unwrap();
                assert_eq!(photos, Some(i32::from(n == 0)), "{n}");
            }
            let states: Vec<String> = Sql::new("SELECT CASE WHEN done_at IS NOT NULL THEN 'done' WHEN failed_at IS NOT NULL THEN error ELSE 'waits' END FROM job WHERE kind = 'media' ORDER BY id")
                .scalars(core.store.read())
                .await
                .unwrap();
            assert_eq!(states, ["done", "photo-not-a-photo", "redirect", "waits"]);
            // Tried again, later and later, and then no more.
            for _ in 0..20 {
                core.clock.advance(base::clock::DAY);
                fetch_pictures(&core, &pictures).await.unwrap();
            }
            let waits: Option<i64> =
                Sql::new("SELECT count(*) FROM job WHERE kind = 'media' AND done_at IS NULL AND failed_at IS NULL")
                    .scalar(core.store.read())
                    .await
                    .unwrap();
            assert_eq!(waits, Some(0));
        })
        .await;
    }
}
