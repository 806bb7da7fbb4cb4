//! Who is refused, what is slowed, and what the gateway makes of a registry in which something goes wrong.

use super::support::{KEY, TOKEN, World, known, nobody};
use base::clock::{HOUR, MINUTE};
use gateways::population::{
    Compared, Question,
    Unanswered::{Away, Refused},
    Verdict::{Match, Silent},
};
use sandbox::registry::{Fault, Limits};
use std::{
    io::Write,
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

#[tokio::test]
async fn n16_a_wrong_token_and_a_wrong_hash_are_refused() {
    let world = World::new().await;
    let person = world.somebody(false);
    let stranger = world.client_with("token-cua-ai-do", KEY);
    assert_eq!(stranger.ask(&world.question(person)).await, Err(Refused("token")));
    assert!(world.registry.journal().is_empty(), "strangers write nothing");
    let impostor = world.client_with(TOKEN, [9; 32]);
    assert_eq!(impostor.ask(&world.question(person)).await, Err(Refused("AuthHash")));
    let mixed = world.client_with("token-cua-cao-bang", KEY);
    assert_eq!(mixed.ask(&world.question(person)).await, Err(Refused("AuthHash")), "a key belongs to its token");
    let words: Vec<String> = world.registry.journal().iter().map(|entry| entry.outcome.words()).collect();
    assert_eq!(words, ["Từ chối: AuthHash sai", "Từ chối: AuthHash sai"]);
}

#[tokio::test]
async fn n16_a_request_id_is_good_once() {
    let world = World::new().await;
    let question = world.question(world.somebody(false));
    assert_eq!(world.ask(question.clone()).await, known(Match, Match, Silent));
    assert_eq!(world.ask(question).await, Err(Refused("a request id used twice")));
}

#[tokio::test]
async fn n16_an_officer_asks_so_often_a_minute_and_about_one_person_so_often_an_hour() {
    let world = World::with(Limits { questions: 3, about_one: 5, ..Limits::default() }).await;
    let person = world.somebody(false);
    for _ in 0..3 {
        assert_eq!(world.ask(world.question(person)).await, known(Match, Match, Silent));
    }
    assert_eq!(world.ask(world.question(person)).await, Err(Refused("too many questions")));
    let colleague = || Question { officer: "canbo-8".into(), ..world.question(person) };
    assert_eq!(world.ask(colleague()).await, known(Match, Match, Silent), "another officer");
    world.clock.advance(MINUTE);
    assert_eq!(world.ask(world.question(person)).await, known(Match, Match, Silent), "the minute is over");
    assert_eq!(
        world.ask(world.question(person)).await,
        Err(Refused("too many questions")),
        "the sixth about one person"
    );
    assert_eq!(
        world.ask(Question { officer: "canbo-9".into(), ..colleague() }).await,
        Err(Refused("too many questions"))
    );
    world.clock.advance(HOUR);
    assert_eq!(world.ask(world.question(person)).await, known(Match, Match, Silent));
}

#[tokio::test]
async fn n16_trying_numbers_is_slowed_and_shown() {
    let slowed = Duration::from_millis(300);
    let world = World::with(Limits { misses: 4, slowed, ..Limits::default() }).await;
    let person = world.somebody(false);
    let tried = |at| Question { number: nobody(at), ..world.question(person) };
    for at in 0..4 {
        assert_eq!(world.ask(tried(at)).await, Ok(Compared::Unknown));
    }
    assert!(world.registry.journal().iter().all(|entry| !entry.slowed));
    let page = super::pages::get(&world, "/nhat-ky").await;
    assert!(!page.contains("Có thể đang dò số"));
    let began = Instant::now();
    assert_eq!(world.ask(tried(5)).await, Ok(Compared::Unknown));
    assert!(began.elapsed() >= slowed, "{:?}", began.elapsed());
    assert!(world.registry.journal()[0].slowed);
    let page = super::pages::get(&world, "/nhat-ky").await;
    assert!(page.contains("Có thể đang dò số") && page.contains("5 lần"), "{page}");
    assert_eq!(world.ask(world.question(person)).await, known(Match, Match, Silent), "who exists is answered at once");
    assert!(!world.registry.journal()[0].slowed);
}

#[tokio::test]
async fn n16_whatever_goes_wrong_in_the_registry_is_a_clean_refusal() {
    let world = World::new().await;
    let person = world.somebody(false);
    for (fault, why) in [
        (Fault::Down, Away("busy")),
        (Fault::Half, Away("answer")),
        (Fault::Broken, Away("broken XML")),
        (Fault::OtherRequest, Away("an answer to another question")),
    ] {
        world.registry.set_fault(fault);
        assert_eq!(world.ask(world.question(person)).await, Err(why), "{fault:?}");
    }
    world.registry.set_fault(Fault::Slow(Duration::from_millis(50)));
    assert_eq!(world.ask(world.question(person)).await, known(Match, Match, Silent));
    world.registry.set_fault(Fault::Slow(Duration::from_secs(60)));
    assert_eq!(impatient(&world).ask(&world.question(person)).await, Err(Away("time")));
    world.registry.set_fault(Fault::None);
    assert_eq!(world.ask(world.question(person)).await, known(Match, Match, Silent));
}

fn impatient(world: &World) -> gateways::population::Population {
    use base::keys::Secret;
    let settings = gateways::population::Settings {
        plain: true,
        time: Duration::from_millis(200),
        ..gateways::population::Settings::new(&world.service(), Secret::new(TOKEN), KEY)
    };
    gateways::population::Population::new(settings).unwrap()
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn n16_no_address_line_of_the_log_or_metric_tells_who_was_asked_about() {
    let recorder = metrics_exporter_prometheus::PrometheusBuilder::new().build_recorder();
    let handle = recorder.handle();
    let _guard = metrics::set_default_local_recorder(&recorder); // this thread's, and the runtime has no other
    let log = Log::default();
    let to = log.clone();
    let subscriber = tracing_subscriber::fmt().with_max_level(tracing::Level::TRACE).with_writer(move || to.clone());
    // For all threads: the HTTP client has its own.
    tracing::subscriber::set_global_default(subscriber.finish()).unwrap();
    tracing::info!("listening");
    let world = World::with(Limits { questions: 5, ..Limits::default() }).await;
    let person = world.somebody(false);
    world.ask(world.question(person)).await.unwrap();
    world.ask(Question { number: nobody(1), ..world.question(person) }).await.unwrap();
    for fault in [Fault::Half, Fault::Broken, Fault::Down, Fault::None] {
        world.registry.set_fault(fault);
        let _ = world.ask(world.question(person)).await;
    }
    let _ = world.client_with(TOKEN, [9; 32]).ask(&world.question(person)).await;
    let _ = world.client_with("khong-phai-token", KEY).ask(&world.question(person)).await;
    super::pages::post(&world, "/tim", &[("wanted", person.number.expose())]).await;

    let log = String::from_utf8(log.0.lock().unwrap().clone()).unwrap();
    let seen = world.seen.lock().unwrap().join("\n");
    let metrics = handle.render();
    assert!(log.contains("listening") && log.contains("the population registry did not answer"), "{log}");
    assert!(seen.contains("/dich-vu") && seen.contains("/tim"), "{seen}");
    for (outcome, times) in [("known", 1), ("unknown", 1), ("away", 3), ("refused", 3)] {
        assert!(metrics.contains(&format!("population_asked_total{{outcome=\"{outcome}\"}} {times}")), "{metrics}");
    }
    let born = person.born.to_string();
    for secret in [
        person.number.expose(),
        nobody(1).expose(),
        &person.name,
        &person.name.to_uppercase(),
        &born,
        TOKEN,
        "khong-phai-token",
    ] {
        for (place, text) in [("log", &log), ("address", &seen), ("metrics", &metrics)] {
            assert!(!text.contains(secret), "{secret} in the {place}");
        }
    }
}
