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

/// Who asks besides the provinces: the national portal, under codes of its own (N7).
const PORTAL: Asks<'static> =
    Asks { name: "Cổng Dịch vụ công quốc gia", officer: "DVCQG", procedure: "DEMO-CAP-NHAT-DAN-CU" };

/// A system that asks, and the codes that it asks under.
struct Asks<'a> {
    name: &'a str,
    officer: &'a str,
    procedure: &'a str,
}

/// How the demo's systems reach the registry.
pub struct Ways {
    /// In the order of the provinces.
    pub provinces: Vec<Way>,
    pub portal: Way,
}

/// A way with a token and a key of its own.
fn way(entropy: &Entropy, address: &str, asks: &Asks<'_>) -> (Account, Way) {
    let token: String = entropy.bytes::<32>().iter().map(|b| format!("{b:02x}")).collect();
    let (token, key) = (Secret::new(token), entropy.bytes::<32>());
    let settings = Settings::new(&format!("{address}{SERVICE}"), token.clone(), key);
    let settings = Settings { plain: true, ..settings };
    let way = Way { settings, officer: format!("{}-TU-DONG", asks.officer), procedure: asks.procedure.into() };
    (Account { name: asks.name.to_owned(), token, key }, way)
}

/// Starts it.
pub fn start(address: &str, provinces: &[Province<'_>]) -> anyhow::Result<(Registry, Ways)> {
    let entropy = Entropy::system();
    let (portal_account, portal) = way(&entropy, address, &PORTAL);
    let (mut accounts, mut ways) = (vec![portal_account], Vec::new());
    for province in provinces {
        let officer = province.slug.to_uppercase();
        let asks = Asks { name: province.place, officer: &officer, procedure: PROCEDURE };
        let (account, way) = way(&entropy, address, &asks);
        accounts.push(account);
        ways.push(way);
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
    let ways = Ways { provinces: ways, portal };
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
        let province = |slug, place, origin| {
            let (name, is_national) = (format!("Cổng {place}"), false);
            Province { slug, name, place, origin, is_national }
        };
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
        // The portal lets people come from there as well, and has none of its own: the same people are known to both.
        let [first, second] = self::provinces();
        let (place, origin) = ("cả nước", "http://localhost:8082");
        let portal = Province { slug: "national", name: "Cổng quốc gia".into(), place, origin, is_national: true };
        let all = [first, second, portal];
        let vneid = vneid::start(&folder.path().join("vneid"), issuer, inbox, &all, smsc).await.unwrap();
        assert_eq!(vneid.people().len(), 24);
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = format!("http://{}", listener.local_addr().unwrap());
        let (registry, ways) = start(&address, &provinces).unwrap();
        let router = registry.router();
        let server = tokio::spawn(async move { axum::serve(listener, router).await });

        let sexes: Vec<&str> = vneid.people().iter().map(|p| p.sex()).collect();
        assert!(sexes.contains(&"Nam") && sexes.contains(&"Nữ"));
        let portal = ways.portal.open().unwrap();
        let doors: Vec<_> = ways.provinces.into_iter().map(|way| way.open().unwrap()).collect();
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

        let first = &vneid.people()[0];
        let of_portal = Question {
            request: Uuid::from_u128(999),
            procedure: String::new(),
            officer: String::new(),
            number: first.number.clone(),
            full_name: first.name.clone(),
            birth_date: first.born.to_string(),
            sex: None,
        };
        assert!(matches!(portal.compare(&of_portal).await, Ok(Compared::Known { full_name: Verdict::Match, .. })));
        let entry = &registry.journal()[0];
        assert_eq!(
            (entry.account.as_str(), entry.officer.as_str(), entry.procedure.as_str()),
            ("Cổng Dịch vụ công quốc gia", "DVCQG-TU-DONG", "DEMO-CAP-NHAT-DAN-CU")
        );

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
