//! Invented rows, in the order of time: what a province has after two years. About five of a hundred reports are open, most of
//! them new, some long overdue; the rest ended one way or another. The same number of reports gives the same data.

use super::words::{Scatter, text};
use base::{
    clock::{DAY, Entropy, HOUR, MINUTE, Millis},
    code::Code,
    ids::{Uuid, id_at},
};
use domain::{
    province::{Province, Route},
    reports::{
        State,
        clock::Term,
        queue::{Searched, search_text},
    },
};
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
};

/// How long ago the first report was sent.
const PAST: Millis = 730 * DAY;
/// This part of all reports, the newest, holds most of the open ones.
const NEW: f64 = 0.07;

pub struct Report {
    pub id: Uuid,
    pub code: String,
    pub reporter: Uuid,
    pub title: String,
    pub content: String,
    pub address: String,
    pub category: String,
    pub commune: String,
    pub point: Option<(f64, f64)>,
    pub state: State,
    pub route: Arc<(Route, String)>,
    pub assignee: Option<Uuid>,
    pub created_at: Millis,
    pub state_at: Millis,
    pub term: String,
    pub due_at: Millis,
    pub paused_at: Option<Millis>,
    pub resolved_at: Option<Millis>,
    pub closed_at: Option<Millis>,
    pub public: bool,
    pub rating: Option<i32>,
    pub folded: String,
    pub events: Vec<Event>,
}

pub struct Event {
    pub id: Uuid,
    pub at: Millis,
    pub act: &'static str,
    pub from: Option<&'static str>,
    pub to: &'static str,
    pub actor: &'static str,
    pub actor_id: Option<Uuid>,
    pub note: &'static str,
}

/// Makes reports one after the other.
pub struct Maker {
    province: Arc<Province>,
    citizens: Arc<Vec<Uuid>>,
    /// By unit: who works there.
    staff: Arc<HashMap<String, Vec<Uuid>>>,
    all: usize,
    now: Millis,
    chance: Scatter,
    entropy: Entropy,
    /// Communes by population: a line of inhabitants to throw at.
    inhabitants: Vec<u64>,
    routes: HashMap<(String, String), Arc<(Route, String)>>,
    codes: HashSet<u32>,
}

impl Maker {
    pub fn new(
        province: Arc<Province>,
        citizens: Arc<Vec<Uuid>>,
        staff: Arc<HashMap<String, Vec<Uuid>>>,
        all: usize,
        now: Millis,
    ) -> Self {
        let mut sum = 0;
        let inhabitants = province.pack.units.iter().map(|u| {
            sum += u64::from(u.population.unwrap_or(5_000).max(1_000));
            sum
        });
        let inhabitants = inhabitants.collect();
        let (chance, entropy) = (Scatter::new(4), Entropy::seeded(4));
        let (routes, codes) = (HashMap::new(), HashSet::with_capacity(all));
        Self { province, citizens, staff, all, now, chance, entropy, inhabitants, routes, codes }
    }

    fn code(&mut self) -> String {
        loop {
            let code = Code::random(&self.entropy);
            // The nine random digits; the tenth follows from them.
            let digits = code.as_str()[..9].parse().unwrap_or_default();
            if self.codes.insert(digits) {
                return code.as_str().to_owned();
            }
        }
    }

    /// The `n`-th of all.
    pub fn make(&mut self, n: usize) -> Report {
        let province = self.province.clone();
        let pack = &province.pack;
        let throw = self.chance.next() % self.inhabitants.last().copied().unwrap_or(1);
        let unit = &pack.units[self.inhabitants.partition_point(|sum| *sum <= throw).min(pack.units.len() - 1)];
        // The first categories are the common ones: the smaller of two throws.
        let count = pack.categories.len();
        let category = &pack.categories[self.chance.below(count).min(self.chance.below(count))];
        let route = self
            .routes
            .entry((category.code.clone(), unit.code.clone()))
            .or_insert_with(|| {
                let route = province.route(&category.code, Some(&unit.code));
                let json = route.to_json();
                Arc::new((route, json))
            })
            .clone();
        let part = n as f64 / self.all as f64;
        let created_at =
            self.now - PAST + (part * (PAST - HOUR) as f64) as Millis + self.chance.below(60_000) as Millis;
        let state = self.state(part, created_at);
        let words = text(&category.code, &mut self.chance);
        let code = self.code();
        let point = self.chance.chance(70.0).then(|| {
            let mut near = |at: f64| at + (self.chance.below(2000) as f64 - 1000.0) / 50_000.0;
            (near(unit.lat), near(unit.lon))
        });
        let reporter = *self.chance.pick(&self.citizens);
        let officer = self.staff.get(&route.0.unit).filter(|s| !s.is_empty()).map(|s| *self.chance.pick(s));
        let term = Term::new(route.0.limit, created_at);
        let events = self.events(state, created_at, reporter, officer);
        let state_at = events.last().map_or(created_at, |e| e.at);
        let was_accepted = events.iter().any(|e| e.act == "accept");
        let resolved_at = events.iter().find(|e| e.act == "resolve").map(|e| e.at);
        Report {
            id: id_at(created_at, &self.entropy),
            folded: search_text(&Searched {
                title: &words.title,
                content: &words.content,
                address: &words.address,
                code: &code,
                unit: &route.0.unit,
                category: &category.code,
                commune: Some(&unit.code),
                state,
            }),
            due_at: term.due_at(province.calendar(), &[]),
            term: term.to_json(),
            code,
            reporter,
            title: words.title,
            content: words.content,
            address: words.address,
            category: category.code.clone(),
            commune: unit.code.clone(),
            point,
            state,
            assignee: officer.filter(|_| events.iter().any(|e| e.act == "assign")),
            route,
            created_at,
            state_at,
            paused_at: (state == State::NeedInfo).then_some(state_at),
            resolved_at,
            closed_at: matches!(state, State::Closed | State::Rejected).then_some(state_at),
            public: category.public && was_accepted,
            rating: (state == State::Closed && self.chance.chance(40.0)).then(|| 1 + self.chance.below(5) as i32),
            events,
        }
    }

    fn state(&mut self, part: f64, created_at: Millis) -> State {
        let is_new = part > 1.0 - NEW;
        if self.chance.chance(if is_new { 65.0 } else { 0.5 }) {
            return match self.chance.below(100) {
                0..22 if is_new => State::Received,
                0..38 => State::Accepted,
                38..58 => State::Assigned,
                58..88 => State::InProgress,
                88..96 => State::NeedInfo,
                _ => State::Reopened,
            };
        }
        match self.chance.below(100) {
            0..6 => State::Rejected,
            // Only these days: after a week the platform closes them by itself.
            _ if created_at > self.now - 6 * DAY => State::Resolved,
            _ => State::Closed,
        }
    }

    fn events(&mut self, state: State, at: Millis, reporter: Uuid, officer: Option<Uuid>) -> Vec<Event> {
        const THANKS: &str = "Đã tiếp nhận phản ánh, đơn vị đang phân công xử lý.";
        const DONE: &str = "Đã cử tổ công tác đến hiện trường, khắc phục xong. Cảm ơn ông/bà đã phản ánh.";
        const WHY: &str = "Nội dung không thuộc phạm vi tiếp nhận hoặc đã được phản ánh trước đó.";
        const WHERE: &str = "Đề nghị cho biết rõ địa điểm và thời gian.";
        let (officer_id, staff) = (officer, "staff");
        let mut steps: Vec<(&'static str, State, &'static str, Option<Uuid>, &'static str)> =
            vec![("submit", State::Received, "citizen", Some(reporter), "")];
        let mut step = |act, to, note| steps.push((act, to, staff, officer_id, note));
        let long = self.chance.chance(50.0);
        match state {
            State::Received => {}
            State::Rejected => step("reject", State::Rejected, WHY),
            _ => step("accept", State::Accepted, THANKS),
        }
        match state {
            State::Received | State::Rejected | State::Accepted => {}
            State::Assigned => step("assign", State::Assigned, ""),
            State::InProgress => {
                step("assign", State::Assigned, "");
                step("start", State::InProgress, "");
            }
            State::NeedInfo => step("ask", State::NeedInfo, WHERE),
            State::Resolved | State::Closed | State::Reopened => {
                if long {
                    step("assign", State::Assigned, "");
                }
                step("resolve", State::Resolved, DONE);
            }
        }
        match state {
            State::Closed if long => steps.push(("close", State::Closed, "system", None, "")),
            State::Closed => steps.push(("rate", State::Closed, "citizen", Some(reporter), "")),
            State::Reopened => steps.push(("reopen", State::Reopened, "citizen", Some(reporter), "Vẫn chưa xong.")),
            _ => {}
        }
        // Nothing happened later than now: what is new was worked on quickly.
        let pause = (20 * HOUR).min((self.now - at) / (steps.len() as Millis + 1)).max(1);
        let mut from = None;
        let mut when = at;
        let mut events = Vec::with_capacity(steps.len());
        for (act, to, actor, actor_id, note) in steps {
            events.push(Event {
                id: id_at(when, &self.entropy),
                at: when,
                act,
                from,
                to: to.as_str(),
                actor,
                actor_id,
                note,
            });
            from = Some(to.as_str());
            when += pause - (pause.min(30 * MINUTE) * self.chance.below(100) as Millis) / 200;
        }
        events
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn invented_reports_are_spread_like_real_ones() {
        let province = Arc::new(Province::new(1, domain::testing::pack(), None));
        let citizens: Arc<Vec<Uuid>> = Arc::new((0..1000).map(Uuid::from_u128).collect());
        let staff = province.pack.units.iter().map(|u| (u.code.clone(), vec![Uuid::from_u128(7)])).collect();
        let all = 20_000;
        let now = domain::testing::MONDAY_MORNING;
        let mut maker = Maker::new(province, citizens, Arc::new(staff), all, now);
        let reports: Vec<Report> = (0..all).map(|n| maker.make(n)).collect();
        let open = reports.iter().filter(|r| r.state.is_open()).count();
        assert!((800..1_200).contains(&open), "{open} of {all} are open");
        let events: usize = reports.iter().map(|r| r.events.len()).sum();
        assert!(events > 2 * all && events < 5 * all, "{events}");
        assert!(reports.iter().all(|r| r.events.iter().all(|e| e.at <= now)), "nothing happened in the future");
        assert!(reports.iter().all(|r| r.events[0].act == "submit" && r.events.len() <= 5));
        assert_eq!(reports.iter().map(|r| &r.code).collect::<HashSet<_>>().len(), all);
    }
}
