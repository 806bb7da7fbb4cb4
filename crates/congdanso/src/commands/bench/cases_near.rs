//! «Tôi cũng gặp» over all reports (R5): what is open nearby, asked where people report.

use super::{
    cases::Bench,
    http::{As, get},
    report::{Figure, Target},
};

impl Bench {
    pub(super) async fn near(&self) -> Vec<Figure> {
        let people = self.people.clone();
        // Places and kinds as in new reports: most asked for where most is.
        let make = move |n: usize| {
            let report: serde_json::Value = serde_json::from_str(&people.report(n)).unwrap_or_default();
            let (category, lat, lon) = (&report["category"], &report["lat"], &report["lon"]);
            let query = format!("category={}&lat={lat}&lon={lon}", category.as_str().unwrap_or_default());
            get(&format!("/api/v1/reports/nearby?{query}"), As::Token(people.citizen(n)))
        };
        let seen = self.ask(self.closed(200), make).await;
        self.told("near", &seen);
        vec![
            Figure::new("open reports nearby, 8 clients", Target::None, seen.rate(), "/s", seen.words()),
            Figure::new("… p99", Target::AtMost(5.0), seen.percentile(99.0), "ms", ""),
        ]
    }
}
