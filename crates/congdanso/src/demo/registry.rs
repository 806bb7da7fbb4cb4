//! The demo's stand-in for the population registry: it knows the people of the VNeID stand-in and some thousands besides, and each
//! province asks it with a token and a key of its own, new at each start.

use super::vneid::{self, Province};
use crate::population::Way;
use anyhow::Context;
use base::{
    clock::{Clock, Entropy},
    keys::Secret,
};
use gateways::population::Settings;
use sandbox::registry::{Account, Limits, Registry, RegistryOptions, SERVICE};

/// People beside the provinces' residents.
const OTHERS: usize = 3_000;
/// The procedure that people's own questions belong to in the demo; the real one is the operator's to know.
const PROCEDURE: &str = "DEMO-XAC-THUC";

/// Starts it; the ways are those of the provinces, in their order.
pub fn start(address: &str, provinces: &[Province<'_>]) -> anyhow::Result<(Registry, Vec<Way>)> {
    let entropy = Entropy::system();
    let mut accounts = Vec::new();
    let mut ways = Vec::new();
    for province in provinces {
        let token: String = entropy.bytes::<32>().iter().map(|b| format!("{b:02x}")).collect();
        let (token, key) = (Secret::new(token), entropy.bytes::<32>());
        let settings = Settings::new(&format!("{address}{SERVICE}"), token.clone(), key);
        let officer = format!("{}-TU-DONG", province.slug.to_uppercase());
        ways.push(Way { settings: Settings { plain: true, ..settings }, officer, procedure: PROCEDURE.into() });
        accounts.push(Account { name: province.place.to_owned(), token, key });
    }
    let registry = Registry::start(RegistryOptions {
        address: address.to_owned(),
        residents: vneid::residents(provinces)?,
        seed: vneid::SEED,
        others: OTHERS,
        accounts,
        limits: Limits::default(),
        clock: Clock::system(),
    });
    Ok((registry.context("the population registry sandbox cannot start")?, ways))
}

#[cfg(test)]
mod tests {
    use super::*;
    use base::ids::Uuid;
    use domain::accounts::verify::registry::{Compared, Question, Unanswered, Verdict};
    use sandbox::smsc::{Smsc, SmscOptions};
    use tokio::net::TcpListener;

    fn provinces() -> [Province<'static>; 2] {
        let province = |slug, place, origin| Province { slug, name: format!("Cổng {place}"), place, origin };
        [
            province("quang-tri", "Tỉnh Quảng Trị", "http://localhost:8080"),
            province("cao-bang", "Tỉnh Cao Bằng", "http://localhost:8081"),
        ]
    }

    #[tokio::test]
    async fn n16_the_demo_tells_one_story_of_its_people_and_each_province_asks_as_itself() {
        let folder = tempfile::tempdir().unwrap();
        let provinces = provinces();
        let smsc = Smsc::new(SmscOptions::default(), Clock::system());
        let (issuer, inbox) = ("http://localhost:8083".to_owned(), "http://localhost:8084".to_owned());
        let vneid = vneid::start(&folder.path().join("vneid"), issuer, inbox, &provinces, smsc).await.unwrap();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (registry, ways) = start(&address, &provinces).unwrap();
        let router = registry.router();
        let server = tokio::spawn(async move { axum::serve(listener, router).await });

        let sexes: Vec<&str> = vneid.people().iter().map(|p| p.sex()).collect();
        assert!(sexes.contains(&"Nam") && sexes.contains(&"Nữ"));
        let doors: Vec<_> = ways.into_iter().map(|way| way.open().unwrap()).collect();
        for (at, person) in vneid.people().iter().enumerate() {
            let question = Question {
                request: Uuid::from_u128(at as u128),
                procedure: String::new(),
                officer: String::new(),
                number: person.number.clone(),
                full_name: person.name.clone(),
                birth_date: person.born.to_string(),
                sex: Some(person.number.sex()),
            };
            let same = Compared::Known { full_name: Verdict::Match, birth_date: Verdict::Match, sex: Verdict::Match };
            assert_eq!(doors[at % 2].compare(&question).await, Ok(same), "person {at}");
        }
        assert_eq!(registry.people().len(), 3_004);
        let (first, second) = (&registry.journal()[1], &registry.journal()[0]);
        assert_eq!((first.account.as_str(), first.officer.as_str()), ("Tỉnh Quảng Trị", "QUANG-TRI-TU-DONG"));
        assert_eq!((second.account.as_str(), second.procedure.as_str()), ("Tỉnh Cao Bằng", "DEMO-XAC-THUC"));

        let named = Question {
            request: Uuid::from_u128(1_000),
            procedure: "2.000815".into(),
            officer: "canbo".into(),
            number: vneid.people()[0].number.clone(),
            full_name: "Ai Đó".into(),
            birth_date: "1900".into(),
            sex: None,
        };
        let differs =
            Compared::Known { full_name: Verdict::Mismatch, birth_date: Verdict::Mismatch, sex: Verdict::Silent };
        assert_eq!(doors[0].compare(&named).await, Ok(differs));
        let entry = &registry.journal()[0];
        assert_eq!((entry.officer.as_str(), entry.procedure.as_str()), ("canbo", "2.000815"));
        let again = doors[0].compare(&named).await;
        assert_eq!(again, Err(Unanswered::Refused("a request id used twice".into())));
        server.abort();
        let gone = doors[0].compare(&Question { request: Uuid::from_u128(1_001), ..named }).await;
        assert!(matches!(gone, Err(Unanswered::Away(_))), "{gone:?}");
        vneid.shutdown();
    }
}
