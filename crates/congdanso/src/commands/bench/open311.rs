//! Open311 as other systems ask it: pages of ninety days, by service and by status, and the updates.

use super::{
    cases::Bench,
    http::{As, get},
    report::{Figure, Target},
};

/// The first page of the last ninety days, in its usual narrowings.
const FIRST: [&str; 4] = [
    "/open311/v2/requests.json?page_size=100",
    "/open311/v2/requests.xml?page_size=100",
    "/open311/v2/requests.json?page_size=100&status=closed",
    "/open311/v2/requests.json?page_size=100&service_code=giao-duc,dien",
];
/// What is heavier: the thousand rows that a question without a word gets, a page far behind, all that happened.
const WHOLE: [&str; 3] = [
    "/open311/v2/requests.json",
    "/open311/v2/requests.json?page_size=100&page=200",
    "/open311/v2/servicerequestupdates.json?page_size=100",
];

pub async fn run(bench: &Bench) -> Vec<Figure> {
    let mut figures = Vec::new();
    let first = bench.ask(bench.closed(200), |n| get(FIRST[n % FIRST.len()], As::Nobody)).await;
    bench.told("open311, first page", &first);
    let what = "Open311 requests of 90 days, first page of 100, 4 filters in turn, 8 clients, p99";
    let detail = format!("{:.0}/s; {}", first.rate(), first.words());
    figures.push(Figure::new(what, Target::AtMost(20.0), first.percentile(99.0), "ms", detail));
    for path in WHOLE {
        let seen = bench.ask(bench.closed(200), move |_| get(path, As::Nobody)).await;
        bench.told(path, &seen);
        let detail = format!("{:.0}/s; {}", seen.rate(), seen.words());
        figures.push(Figure::new(format!("… {path}, p99"), Target::None, seen.percentile(99.0), "ms", detail));
    }
    figures
}
