//! Photos from eight phones at once (R2), the whole way: an upload is begun, its 4 MB come, and a report takes it, for which it is
//! read and written anew; and what others notice of it.

use super::{
    cases::Bench,
    http::{As, Conn, get, header, request},
    load::{self, Seen},
    people::People,
    report::{Figure, Target},
    words::Scatter,
};
use anyhow::Context;
use base::ids::Uuid;
use std::{
    io::Cursor,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

const PHONES: usize = 8;
const SIZE: usize = 4 * 1024 * 1024;
/// Pages a second that others ask for meanwhile.
const OTHERS: f64 = 40.0;

impl Bench {
    /// What others see who read while something heavy goes on.
    pub(super) async fn others(&self, time: Duration) -> Seen {
        let read = |n: usize| match n % 4 {
            0 => get("/api/v1/staff/reports", As::Token(&self.people.officer(n).token)),
            1 => get("/", As::Nobody),
            _ => get(&format!("/api/v1/reports/{}", self.people.code(n)), As::Nobody),
        };
        load::open(self.server.at, OTHERS, time, 200, read).await
    }

    /// How much the heavy thing delayed them.
    pub(super) fn delayed(&self, others: &Seen) -> Figure {
        self.told("others meanwhile", others);
        let what = format!("… others' pages meanwhile ({OTHERS}/s), p99");
        Figure::new(what, Target::AtMost(100.0), others.percentile(99.0), "ms", others.words())
    }

    pub(super) async fn uploads(&self) -> anyhow::Result<Vec<Figure>> {
        let photo = Arc::new(tokio::task::spawn_blocking(photo).await??);
        let end = Instant::now() + self.time;
        let next = Arc::new(AtomicUsize::new(0));
        let mut phones = JoinSet::new();
        for _ in 0..PHONES {
            let (to, people, photo, next) = (self.server.at, self.people.clone(), photo.clone(), next.clone());
            phones.spawn(async move {
                let mut seen = Seen::default();
                while Instant::now() < end {
                    let (n, start) = (next.fetch_add(1, Ordering::Relaxed), Instant::now());
                    match one(to, &people, n, &photo).await {
                        Ok(201) => seen.good(start.elapsed()),
                        Ok(status) => seen.bad(status),
                        Err(_) => seen.bad(0),
                    }
                }
                seen
            });
        }
        let (others, phones) = tokio::join!(self.others(self.time), phones.join_all());
        let mut seen = Seen::default();
        phones.into_iter().for_each(|phone| seen.add(phone));
        seen.took = self.time;
        self.told("uploads", &seen);
        let delayed = self.delayed(&others);
        let memory = self.server.memory();
        Ok(vec![
            Figure::new(
                "photos of 4 MB from 8 phones at once, each in a report of its own",
                Target::None,
                seen.rate(),
                "/s",
                seen.words(),
            ),
            delayed,
            Figure::new("… memory, most", Target::AtMost(400.0), memory.most, "MB", ""),
        ])
    }
}

/// One phone's photo and report; gives the last status.
async fn one(to: SocketAddr, people: &People, n: usize, photo: &[u8]) -> anyhow::Result<u16> {
    let who = As::Token(people.citizen(n));
    let mut conn = Conn::new(to);
    let tus = "tus-resumable: 1.0.0\r\n";
    let begun = conn.ask(&request("POST", "/tai-len", who, &format!("{tus}upload-length: {SIZE}\r\n"), &[])).await?;
    let place = match begun.status {
        201 => header(begun.head, "location").context("no place")?.to_owned(),
        status => return Ok(status),
    };
    let headers = format!("{tus}upload-offset: 0\r\ncontent-type: application/offset+octet-stream\r\n");
    let sent = conn.ask(&request("PATCH", &place, who, &headers, photo)).await?.status;
    if sent != 204 {
        return Ok(sent);
    }
    let mut report: serde_json::Value = serde_json::from_str(&people.report(n))?;
    report["anonymous"] = true.into();
    report["photos"] = serde_json::json!([place.rsplit('/').next()]);
    let mut chance = Scatter::new(n as u64 ^ 0xf07);
    let key = Uuid::from_u128(u128::from(chance.next()) << 64 | u128::from(chance.next()));
    let headers = format!("idempotency-key: {key}\r\ncontent-type: application/json\r\n");
    let report = report.to_string();
    Ok(conn.ask(&request("POST", "/phan-anh/hop-gui-di", who, &headers, report.as_bytes())).await?.status)
}

/// As a phone makes it: 12 megapixels with some noise, 4 MB.
fn photo() -> anyhow::Result<Vec<u8>> {
    let mut chance = Scatter::new(12);
    let picture = image::RgbImage::from_fn(4000, 3000, |x, y| {
        let noise = chance.next().to_le_bytes();
        let at = |base: u32, noise: u8| (base % 192) as u8 + noise % 16;
        image::Rgb([at(x / 16, noise[0]), at(y / 16, noise[1]), at((x + y) / 32, noise[2])])
    });
    let mut bytes = Vec::new();
    image::codecs::jpeg::JpegEncoder::new_with_quality(Cursor::new(&mut bytes), 85).encode_image(&picture)?;
    anyhow::ensure!(bytes.len() <= SIZE, "the photo is too heavy: {} bytes", bytes.len());
    bytes.resize(SIZE, 0); // after the picture's end, as phones put a film there
    Ok(bytes)
}
