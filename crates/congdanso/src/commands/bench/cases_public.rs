//! The public's pages over all reports: the live map, the drawing, the figures.

use super::{
    cases::Bench,
    http::{As, Conn, get},
    report::{Figure, Target},
};
use std::time::{Duration, Instant};

/// About how many reports a box of the map holds.
const FEATURES: u64 = 1_000;

impl Bench {
    pub(super) async fn public(&self) -> Vec<Figure> {
        let begin = Instant::now();
        let whole = self.json_of("/ban-do/phan-anh.geojson").await;
        let built = begin.elapsed();
        let mut figures = vec![Figure::new(
            "map: first question after a start, everything is read",
            Target::None,
            built.as_secs_f64() * 1000.0,
            "ms",
            format!("{} reports with a point", whole["count"]),
        )];
        let boxes = self.boxes().await;
        let detail = format!("{} boxes of {} to {} reports", boxes.len(), least(&boxes), most(&boxes));
        let paths: Vec<String> = boxes.into_iter().map(|(path, _)| path).collect();
        if paths.is_empty() {
            return figures;
        }
        let make = move |n: usize| get(&paths[n % paths.len()], As::Nobody);
        let seen = self.ask(self.closed(200), make).await;
        self.told("map box", &seen);
        figures.push(Figure::new(
            "map: a box of about 1,000 reports as GeoJSON, 8 clients",
            Target::AtLeast(700.0),
            seen.rate(),
            "/s",
            format!("{detail}; {}", seen.words()),
        ));
        for (what, paths, target) in [
            ("map: clusters of the whole province, 12 filters in turn, p99", provinces(), 10.0),
            ("map: clusters of a town at zooms 11 to 16, p99", towns(), 30.0),
            ("figures as a page, 8 filters in turn, p99", figures_pages(), 20.0),
            (
                "map page without a script, p99",
                vec!["/phan-anh/ban-do".into(), "/phan-anh/ban-do?loai=ha-tang".into()],
                30.0,
            ),
        ] {
            // Each once: sums of a filter are made by who asks first.
            for path in &paths {
                self.json_of(path).await;
            }
            let all = paths.clone();
            let seen = self.ask(self.closed(200), move |n: usize| get(&all[n % all.len()], As::Nobody)).await;
            self.told(what, &seen);
            let detail = format!("{:.0}/s; {}", seen.rate(), seen.words());
            figures.push(Figure::new(what, Target::AtMost(target), seen.percentile(99.0), "ms", detail));
        }
        figures
    }

    /// An answer as JSON; null where it is none.
    async fn json_of(&self, path: &str) -> serde_json::Value {
        let request = get(path, As::Nobody);
        let asked = tokio::time::timeout(Duration::from_secs(120), async {
            let mut conn = Conn::new(self.server.at);
            conn.ask(&request).await.ok().and_then(|a| serde_json::from_slice(a.body).ok())
        });
        asked.await.ok().flatten().unwrap_or_default()
    }

    /// Boxes around communes, each made wider or narrower until it holds about `FEATURES`.
    async fn boxes(&self) -> Vec<(String, u64)> {
        let mut boxes = Vec::new();
        for (lat, lon) in [(17.4527, 106.6312), (16.8163, 107.1003), (17.7630, 106.4091), (17.2200, 106.8000)] {
            let (mut low, mut high) = (0.0005, 0.5);
            let mut best = (String::new(), 0);
            for _ in 0..14 {
                let r: f64 = (low + high) / 2.0;
                let path = format!(
                    "/ban-do/phan-anh.geojson?gop=khong&bbox={:.5},{:.5},{:.5},{:.5}",
                    lon - r,
                    lat - r,
                    lon + r,
                    lat + r
                );
                let n = self.json_of(&path).await["count"].as_u64().unwrap_or(0);
                if n.abs_diff(FEATURES) < u64::abs_diff(best.1, FEATURES) {
                    best = (path, n);
                }
                if n > FEATURES { high = r } else { low = r }
            }
            if best.1 > FEATURES / 2 {
                boxes.push(best);
            }
        }
        boxes
    }
}

fn least(boxes: &[(String, u64)]) -> u64 {
    boxes.iter().map(|b| b.1).min().unwrap_or(0)
}

fn most(boxes: &[(String, u64)]) -> u64 {
    boxes.iter().map(|b| b.1).max().unwrap_or(0)
}

fn provinces() -> Vec<String> {
    let filters = [
        "",
        "&loai=ha-tang",
        "&loai=dien",
        "&trang-thai=dang",
        "&trang-thai=xong",
        "&thoi-gian=30",
        "&thoi-gian=365",
        "&don-vi=so-xay-dung",
        "&xa=18880",
        "&loai=moi-truong&trang-thai=dang",
        "&thoi-gian=7&loai=ha-tang",
        "&zoom=10",
    ];
    filters.iter().map(|f| format!("/ban-do/phan-anh.geojson?bbox=105.58,16.25,107.45,18.12&zoom=9{f}")).collect()
}

fn towns() -> Vec<String> {
    let box_of = |zoom: i32| {
        let r = 0.3 / f64::from(1 << (zoom - 11));
        format!(
            "/ban-do/phan-anh.geojson?bbox={:.4},{:.4},{:.4},{:.4}&zoom={zoom}",
            106.6312 - r,
            17.4527 - r,
            106.6312 + r,
            17.4527 + r
        )
    };
    (11..=16).map(box_of).collect()
}

fn figures_pages() -> Vec<String> {
    let filters = [
        "",
        "?thang=3",
        "?thang=24",
        "?thang=0",
        "?don-vi=18880",
        "?loai=ha-tang",
        "?thang=24&loai=moi-truong",
        "?thang=24&don-vi=so-xay-dung",
    ];
    filters.iter().map(|f| format!("/so-lieu{f}")).collect()
}
