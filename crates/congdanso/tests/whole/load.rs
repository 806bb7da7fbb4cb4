//! A write load that remembers what was acknowledged: reports by citizens, acts by staff, reports with photos through the pages.

use crate::{harness::Server, people::Person};
use base::ids::Uuid;
use serde_json::{Value, json};
use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::Duration,
};

/// Reports of one person below the limit of an hour (R11).
const PER_PERSON: usize = 9;

/// What the server said yes to.
#[derive(Default)]
pub struct Acknowledged {
    /// Idempotency key → code.
    pub reports: Mutex<HashMap<String, String>>,
    /// Code, version after the act.
    pub acts: Mutex<Vec<(String, i64)>>,
    /// Codes of reports that were sent with a photo.
    pub photos: Mutex<Vec<String>>,
    /// Forms whose answer was lost and that were sent again.
    pub again: AtomicUsize,
    /// Answers that no fault explains.
    pub strange: Mutex<Vec<String>>,
}

#[derive(Clone)]
pub struct Load {
    pub http: reqwest::Client,
    pub base: String,
    pub people: Arc<Vec<Person>>,
    pub next: Arc<AtomicUsize>,
    pub done: Arc<Acknowledged>,
    pub stop: Arc<AtomicBool>,
}

impl Load {
    pub fn new(server: &Server, people: Vec<Person>) -> Self {
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .timeout(Duration::from_secs(10))
            .no_proxy()
            .build()
            .unwrap();
        Self {
            http,
            base: server.base.clone(),
            people: Arc::new(people),
            next: Arc::default(),
            done: Arc::default(),
            stop: Arc::default(),
        }
    }

    fn stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    fn strange(&self, what: String) {
        self.done.strange.lock().unwrap().push(what);
    }

    /// The next form's author; each writes a few reports only.
    fn author(&self) -> Option<(Person, usize)> {
        let n = self.next.fetch_add(1, Ordering::Relaxed);
        self.people.get(n / PER_PERSON).map(|p| (p.clone(), n))
    }

    /// Sends reports until told to stop. A form without an answer is sent again with its key until it has one.
    pub async fn citizen(self) {
        while !self.stopped() {
            let Some((person, n)) = self.author() else { return };
            let key = format!("phieu-{n}");
            let report = report(n);
            loop {
                let sent = self
                    .http
                    .post(format!("{}/api/v1/reports", self.base))
                    .bearer_auth(&person.token)
                    .header("idempotency-key", &key)
                    .json(&report)
                    .send()
                    .await;
                let answer = match sent {
                    Ok(answer) if answer.status() == 201 => answer.json::<Value>().await.ok(),
                    Ok(answer) if answer.status() == 503 => None,
                    Ok(answer) => {
                        self.strange(format!("POST /api/v1/reports: {}", answer.status()));
                        return;
                    }
                    Err(_) => None,
                };
                if let Some(answer) = answer {
                    let code = answer["code"].as_str().unwrap_or_default().to_owned();
                    if let Some(before) = self.done.reports.lock().unwrap().insert(key.clone(), code.clone())
                        && before != code
                    {
                        self.strange(format!("{key} became {before} and {code}"));
                    }
                    break;
                }
                self.done.again.fetch_add(1, Ordering::Relaxed);
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        }
    }

    /// Takes reports in, starts and resolves them: every act moves a version and some send an SMS.
    pub async fn officer(self, person: Person) {
        while !self.stopped() {
            for state in ["received", "accepted", "in_progress"] {
                let queue = self
                    .http
                    .get(format!("{}/api/v1/staff/reports?state={state}&order=oldest", self.base))
                    .bearer_auth(&person.token)
                    .send()
                    .await;
                let Ok(queue) = queue else { continue };
                if queue.status() != 200 {
                    if queue.status() != 503 {
                        self.strange(format!("the queue: {}", queue.status()));
                    }
                    continue;
                }
                let Ok(queue) = queue.json::<Value>().await else { continue };
                for line in queue["reports"].as_array().into_iter().flatten().take(6) {
                    self.act(&person, state, line).await;
                }
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    }

    async fn act(&self, person: &Person, state: &str, line: &Value) {
        let (code, version) = (line["code"].as_str().unwrap_or_default(), line["version"].as_i64().unwrap_or(0));
        let body = match state {
            "received" => json!({ "act": "accept", "version": version }),
            "accepted" => json!({ "act": "start", "version": version }),
            _ => json!({ "act": "resolve", "version": version, "text": "Đã vá xong mặt đường." }),
        };
        let url = format!("{}/api/v1/staff/reports/{code}/acts", self.base);
        let Ok(answer) = self.http.post(url).bearer_auth(&person.token).json(&body).send().await else { return };
        match answer.status().as_u16() {
            200 => {
                let Ok(answer) = answer.json::<Value>().await else { return };
                let now = answer["version"].as_i64().unwrap_or(0);
                self.done.acts.lock().unwrap().push((code.to_owned(), now));
            }
            // Another officer was first, or the act was done and its answer was lost.
            409 | 503 => {}
            other => self.strange(format!("{state} {code}: {other}")),
        }
    }

    /// Sends reports with a photo through the pages of the wizard, as a phone without scripts does.
    pub async fn photographer(self, person: Person) {
        let mut sent = 0;
        while sent < PER_PERSON && !self.stopped() {
            let Some(draft) = self.draft(&person, sent).await else {
                tokio::time::sleep(Duration::from_millis(25)).await;
                continue;
            };
            sent += 1;
            // From here on the form is complete: sent again until it has an answer.
            while !self.stopped() {
                let answer = self.form(&person, &format!("{draft}/kiem-tra"), &[("anonymous", "1")]).await;
                if let Some((303, to)) = answer {
                    let code = to.trim_start_matches("/phan-anh/").split('/').next().unwrap_or_default().to_owned();
                    self.done.photos.lock().unwrap().push(code);
                    break;
                }
                tokio::time::sleep(Duration::from_millis(25)).await;
            }
        }
    }

    /// The steps up to the summary; `None` when one of them got no answer.
    async fn draft(&self, person: &Person, n: usize) -> Option<String> {
        let (_, to) = self.form(person, "/phan-anh/moi", &[("category", CATEGORY)]).await.filter(|(s, _)| *s == 303)?;
        let draft = to.rsplit_once('/')?.0.to_owned();
        let content = format!("Ổ gà trước cổng trường, ảnh kèm theo, lần {n}");
        self.form(person, &format!("{draft}/noi-dung"), &[("content", &content)]).await.filter(|(s, _)| *s == 303)?;
        let part = reqwest::multipart::Part::bytes(photo(n)).file_name("o-ga.jpg").mime_str("image/jpeg").ok()?;
        let form = reqwest::multipart::Form::new().text("csrf", person.csrf.clone()).part("photo", part);
        let url = format!("{}{draft}/anh", self.base);
        let sent = self.http.post(url).header("cookie", person.cookie()).multipart(form).send().await.ok()?;
        if sent.status() != 303 {
            return None;
        }
        let place = [("lat", "17.45269"), ("lon", "106.63123"), ("commune", "18880"), ("words", "Trước cổng trường")];
        self.form(person, &format!("{draft}/noi-xay-ra"), &place).await.filter(|(s, _)| *s == 303)?;
        Some(draft)
    }

    /// Posts a form; gives status and `Location`.
    async fn form(&self, person: &Person, path: &str, fields: &[(&str, &str)]) -> Option<(u16, String)> {
        let mut all = vec![("csrf", person.csrf.as_str())];
        all.extend_from_slice(fields);
        let url = format!("{}{path}", self.base);
        let sent = self.http.post(url).header("cookie", person.cookie()).form(&all).send().await.ok()?;
        let to = sent.headers().get("location").and_then(|v| v.to_str().ok()).unwrap_or_default().to_owned();
        let status = sent.status().as_u16();
        if !matches!(status, 303 | 503) {
            self.strange(format!("{}: {status}", without_id(path)));
        }
        Some((status, to))
    }
}

fn without_id(path: &str) -> String {
    path.split('/').map(|part| if part.parse::<Uuid>().is_ok() { "…" } else { part }).collect::<Vec<_>>().join("/")
}

/// A category of the pack that asks nothing about emergencies.
pub const CATEGORY: &str = "ha-tang";

/// A report as a program sends it.
pub fn report(n: usize) -> Value {
    json!({
        "content": format!("Ổ gà sâu trước cổng trường, xe máy dễ ngã. Lần báo thứ {n}."),
        "category": CATEGORY,
        "lat": 17.45269,
        "lon": 106.63123,
        "address": "Đường Trần Hưng Đạo",
    })
}

/// A small photo, another for every `n`.
pub fn photo(n: usize) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(320, 240, |x, y| image::Rgb([(x + n as u32) as u8, y as u8, (x ^ y) as u8]));
    let mut out = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut out, image::ImageFormat::Jpeg).unwrap();
    out.into_inner()
}
