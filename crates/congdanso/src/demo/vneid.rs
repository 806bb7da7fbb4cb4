//! The demo's stand-in for VNeID: its people are the citizens of the log-ins, so that they can be linked, and some without an account.

use super::{login::PASSWORD, people, texts::Words};
use crate::{
    config::{read_master_key, write_master_key},
    sign_in::Door,
};
use anyhow::Context;
use base::{
    clock::{Clock, Entropy},
    keys::{Keys, Secret},
};
use domain::packs::Text;
use identity::rp::ClientAuth;
use sandbox::{
    people::Resident,
    smsc::Smsc,
    vneid::{Registered, Service, Vneid, VneidOptions},
};
use std::path::Path;

/// The citizens of the log-ins, from the first.
const LINKABLE: usize = 2;
/// Invents the same people for every demo.
pub(super) const SEED: u64 = 2026;

/// A province whose people sign in through it.
pub struct Province<'a> {
    pub slug: &'a str,
    /// `QUANGTRI-S – Tỉnh Quảng Trị`
    pub name: String,
    /// `Tỉnh Quảng Trị`
    pub place: &'a str,
    pub origin: &'a str,
    /// The national portal: people come to it, and none is its own.
    pub is_national: bool,
}

impl Province<'_> {
    /// Its name with the provider.
    pub fn client_id(&self) -> String {
        format!("congdanso-{}", self.slug)
    }
}

/// Starts it with its data in a folder of its own. Its `services` hold what each province must be configured with, in the order
/// of the provinces; the secrets are new each time.
pub async fn start(
    data: &Path,
    issuer: String,
    inbox: String,
    provinces: &[Province<'_>],
    smsc: Smsc,
) -> anyhow::Result<Vneid> {
    std::fs::create_dir_all(data)?;
    let key_file = data.join("master-key");
    if !key_file.exists() {
        write_master_key(&key_file)?;
    }
    let key = read_master_key(&key_file).map_err(anyhow::Error::msg)?;
    let options = VneidOptions {
        issuer,
        data: data.to_owned(),
        keys: Keys::new(&key),
        password: Secret::new(PASSWORD),
        residents: residents(provinces)?,
        seed: SEED,
        services: provinces.iter().map(service).collect(),
        inbox: Some(inbox),
        clock: Clock::system(),
        entropy: Entropy::system(),
    };
    Vneid::start(options, smsc).await.context("the VNeID sandbox cannot start")
}

/// The province's side of it: what an operator would write down.
pub fn door(issuer: &str, service: &Registered) -> Door {
    let pairs = |list: &[(&str, &str)]| list.iter().map(|(a, b)| ((*a).to_owned(), (*b).to_owned())).collect();
    let label = Text { vi: "VNeID thử nghiệm".into(), en: "test VNeID".into() };
    Door {
        label,
        scopes: vec!["citizen".into()],
        claims: pairs(&[
            ("number", "SoDinhDanh"),
            ("full_name", "HoVaTen"),
            ("birth_date", "NgayThangNamSinh"),
            ("sex", "GioiTinh"),
            ("phone", "SoDienThoai"),
        ]),
        levels: pairs(&[("LoA2", "verified")]),
        sandbox: true,
        ..Door::new("vneid", issuer, &service.id, ClientAuth::SecretBasic(service.secret.clone()))
    }
}

/// Two people of a province and of another may have the same phone in the demo: each knows its own only.
pub(super) fn residents(provinces: &[Province]) -> anyhow::Result<Vec<Resident>> {
    let words = Words::shipped()?;
    let mut residents = Vec::new();
    for province in provinces.iter().filter(|province| !province.is_national) {
        let about = words.of(province.slug)?;
        let names = about.citizens.iter().take(LINKABLE);
        for (at, name) in names.enumerate() {
            let note = format!("Có tài khoản ở {}", province.place);
            residents.push(Resident { name: name.clone(), phone: people::phone(at + 1)?, note });
        }
    }
    Ok(residents)
}

fn service(province: &Province) -> Service {
    Service {
        id: province.client_id(),
        name: province.name.clone(),
        home: province.origin.to_owned(),
        redirect_uri: format!("{}/dang-nhap/lien-thong/vneid/ve", province.origin),
        post_logout_uri: Some(format!("{}/dang-xuat/xong", province.origin)),
        backchannel_logout_uri: Some(format!("{}/dang-nhap/lien-thong/vneid/dang-xuat", province.origin)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sandbox::smsc::SmscOptions;
    use std::collections::BTreeSet;

    #[tokio::test]
    async fn s4_the_citizens_of_the_log_ins_have_an_identity_and_each_province_a_secret_of_its_own() {
        let folder = tempfile::tempdir().unwrap();
        let province = |slug, place, origin| {
            let (name, is_national) = (format!("Cổng {place}"), false);
            Province { slug, name, place, origin, is_national }
        };
        let provinces = [
            province("quang-tri", "Tỉnh Quảng Trị", "http://localhost:8080"),
            province("cao-bang", "Tỉnh Cao Bằng", "http://localhost:8081"),
        ];
        let smsc = Smsc::new(SmscOptions::default(), Clock::system());
        let (issuer, inbox) = ("http://localhost:8083".to_owned(), "http://localhost:8084".to_owned());
        let vneid = start(&folder.path().join("vneid"), issuer, inbox, &provinces, smsc).await.unwrap();
        let ids: Vec<&str> = vneid.services().iter().map(|s| s.id.as_str()).collect();
        assert_eq!(ids, ["congdanso-quang-tri", "congdanso-cao-bang"]);
        let secrets: BTreeSet<&str> = vneid.services().iter().map(|s| s.secret.expose()).collect();
        assert_eq!(secrets.len(), 2);
        let known: Vec<(&str, String)> = vneid
            .people()
            .iter()
            .filter(|person| person.note.is_some())
            .map(|person| (person.name.as_str(), person.phone.national()))
            .collect();
        let words = Words::shipped().unwrap();
        let first = |slug| words.of(slug).unwrap().citizens[0].clone();
        assert_eq!(known.len(), 4);
        assert_eq!(known[0], (first("quang-tri").as_str(), "0999 000 001".to_owned()));
        assert_eq!(known[2], (first("cao-bang").as_str(), "0999 000 001".to_owned()));
        assert!(vneid.people().len() > known.len() + 5, "and others without an account");
        vneid.shutdown();
    }
}
