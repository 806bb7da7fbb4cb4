//! A11: whom an organisation's token names, and what is refused with which reason.

#![allow(clippy::unwrap_used, reason = "helpers of tests stand beside them")]

#[allow(dead_code, reason = "shared with the tests of persons")]
mod support;

use base::organization_code::OrganizationKind;
use signing::{Refusal, Seal};
use support::{P256, PERSON, RSA, SIGNING, World};

const TEXT: &[u8] = "Việc: Đại diện tổ chức\n".as_bytes();

impl World {
    /// What comes of a file that was signed with a certificate of this subject.
    async fn seal(&self, subject: &str) -> Result<Seal, Refusal> {
        let extensions = format!("{SIGNING}crlDistributionPoints=URI:http://crl.example.vn/middle\n");
        let card = self.middle.issue("who", subject, &extensions, P256);
        self.verifier.organization(&self.sign(&card, TEXT, ""), TEXT, self.now).await
    }
}

#[tokio::test]
async fn a11_a_token_names_one_organisation_by_code_and_name() {
    let w = World::new();
    for (subject, kind, code, name) in [
        ("/UID=MST:0000000017/CN=CÔNG TY HƯ CẤU/C=VN", OrganizationKind::Business, "0000000017", "CÔNG TY HƯ CẤU"),
        (
            "/UID=MST:0000000017/O=Công ty Hư Cấu/CN=CÔNG TY HƯ CẤU",
            OrganizationKind::Business,
            "0000000017",
            "CÔNG TY HƯ CẤU",
        ),
        ("/serialNumber=mst: 0000000017-002/CN=Chi nhánh", OrganizationKind::Business, "0000000017-002", "Chi nhánh"),
        ("/UID=MST:0000000017/serialNumber=MST:0000000017/CN=AN", OrganizationKind::Business, "0000000017", "AN"),
        ("/UID=MST:0000000017/serialNumber=0102030405/CN=AN", OrganizationKind::Business, "0000000017", "AN"),
        ("/UID=MDD:H50.12/O=TỈNH HƯ CẤU/CN=SỞ NGHĨ RA", OrganizationKind::StateBody, "H50.12", "SỞ NGHĨ RA"),
        ("/UID=MDD:000.00.12.H50/CN=SỞ NGHĨ RA", OrganizationKind::StateBody, "000.00.12.H50", "SỞ NGHĨ RA"),
    ] {
        let Seal { organization, authority } = w.seal(subject).await.unwrap_or_else(|e| panic!("{subject}: {e}"));
        assert_eq!((organization.code.kind(), organization.code.as_str()), (kind, code), "{subject}");
        assert_eq!((organization.name.as_str(), authority.as_str()), (name, "Gốc thử"), "{subject}");
    }
}

#[tokio::test]
async fn a11_a_person_two_organisations_and_hostile_subjects_are_refused_with_their_reason() {
    let w = World::new();
    let overlong = format!("/UID=MST:0000000017/serialNumber={}/CN=AN", "1".repeat(60));
    let turned = "/UID=MST:0000000017/CN=CONG TY \u{202e}NA";
    let broken = "/UID=MST:0000000017/CN=CONG\u{7}TY";
    for (subject, why) in [
        (PERSON, Refusal::Person),
        ("/UID=CCCD:000189000003/serialNumber=MST:0000000017/CN=AN", Refusal::NoOrganisation),
        ("/UID=MST:0000000017/serialNumber=CMND:012345678/CN=AN", Refusal::NoOrganisation),
        ("/UID=MST:0000000017/serialNumber=MST:0000000024/CN=AN", Refusal::NoOrganisation),
        ("/UID=MST:0000000017/serialNumber=MDD:H50/CN=AN", Refusal::NoOrganisation),
        ("/UID=MST:000189000003/CN=HỘ KINH DOANH AN", Refusal::Household),
        ("/UID=MST:0000000018/CN=AN", Refusal::NoOrganisation),
        ("/UID=MST:/CN=AN", Refusal::NoOrganisation),
        ("/UID=MDD:0000000017/CN=AN", Refusal::NoOrganisation),
        ("/UID=0000000017/CN=AN", Refusal::NoOrganisation),
        ("/CN=MST:0000000017", Refusal::NoOrganisation),
        ("/UID=MST:0000000017/O=CÔNG TY HƯ CẤU/CN=NGUYỄN VĂN VÍ DỤ", Refusal::NoOrganisation),
        ("/UID=MST:0000000017/CN=MỘT/CN=HAI", Refusal::NoOrganisation),
        ("/UID=MST:0000000017/CN=1", Refusal::NoOrganisation),
        (turned, Refusal::NoOrganisation),
        (broken, Refusal::NoOrganisation),
    ] {
        assert_eq!(w.seal(subject).await.err(), Some(why), "{subject:?}");
    }
    assert!(w.seal(&overlong).await.is_ok(), "a number without a prefix names nobody, however long");
}

#[tokio::test]
async fn a11_an_organisations_signature_is_held_to_the_same_rules_as_a_persons() {
    let (w, foreign) = (World::new(), World::new());
    let subject = "/UID=MST:0000000017/CN=CÔNG TY HƯ CẤU";
    let places = format!("{SIGNING}crlDistributionPoints=URI:http://crl.example.vn/middle\n");
    let asks =
        async |world: &World, file: &[u8], text: &[u8]| world.verifier.organization(file, text, w.now).await.err();
    let card = w.middle.issue("company", subject, &places, RSA);
    let file = w.sign(&card, TEXT, "");
    assert_eq!(asks(&w, &file, TEXT).await, None);
    assert_eq!(asks(&w, &file, b"another").await, Some(Refusal::OtherText));
    assert_eq!(asks(&foreign, &file, TEXT).await, Some(Refusal::UnknownIssuer));
    assert_eq!(
        w.verifier.file(&file, TEXT, w.now).await.err(),
        Some(Refusal::Organisation),
        "it opens no person's account"
    );
    let server = w.middle.issue("server", subject, "keyUsage=critical,keyEncipherment\n", P256);
    std::fs::write(w.folder.path().join("text"), TEXT).unwrap();
    assert_eq!(asks(&w, &w.sign(&server, TEXT, "-nosmimecap"), TEXT).await, Some(Refusal::Usage));
    let late = w.middle.issue("late", subject, &places, P256);
    let gone = w.sign(&late, TEXT, "");
    w.middle.revoke(&late);
    let fresh = support::verifier(&w.root, w.places.clone(), vec!["http://crl.example.vn".into()]);
    assert_eq!(fresh.organization(&gone, TEXT, w.now).await.err(), Some(Refusal::Revoked));
}
