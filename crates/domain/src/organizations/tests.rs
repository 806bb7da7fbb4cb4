//! Organisations (A11): who becomes a manager, who may invite whom, and that one who decides always stays.

use super::*;
use crate::accounts::tests::{World, phone, visitor, world};
use base::{
    clock::MINUTE,
    i18n::Lang,
    organization_code::{OrganizationCode, OrganizationKind},
};
use std::sync::Arc;
use store::{Store, testing::each_engine};

const NAME: &str = "CÔNG TY TNHH HƯ CẤU";

fn seal_of(code: &str, name: &str) -> Seal {
    Seal { code: OrganizationCode::tax(code).unwrap(), name: name.into(), authority: "Gốc thử".into() }
}

fn refused<T: std::fmt::Debug>(said: Result<T, Error>) -> Refusal {
    match said {
        Err(Error::Organization(refusal)) => refusal,
        other => panic!("{other:?}"),
    }
}

fn is_not_found<T>(said: &Result<T, Error>) -> bool {
    matches!(said, Err(Error::Shared(Shared::NotFound)))
}

fn is_forbidden<T>(said: &Result<T, Error>) -> bool {
    matches!(said, Err(Error::Shared(Shared::Forbidden)))
}

impl World {
    /// Somebody whose number was matched, signed in.
    async fn somebody(&self, n: u32) -> Arc<Signed> {
        let session = self.citizen(n).await;
        let account = session.account;
        self.write("UPDATE account SET assurance = 'verified' WHERE id = $1", move |sql| sql.bind(account)).await;
        self.signed(&session).await
    }

    async fn text_for(&self, by: &Signed) -> String {
        self.accounts.start_seal(by, Lang::VI, &visitor(1)).await.unwrap().expose().to_owned()
    }

    async fn stands(&self, by: &Signed, code: &str, name: &str) -> Stood {
        // Of two things at one moment nobody knows which was first.
        self.core.clock.advance(1);
        let token = self.text_for(by).await;
        self.accounts.stand_for(by, &token, seal_of(code, name)).await.unwrap()
    }

    /// The first manager and the organisation.
    async fn company(&self, by: &Signed) -> Uuid {
        self.stands(by, "0000000017", NAME).await.organization
    }

    /// The invitation that waits for somebody.
    async fn offer(&self, to: &Signed) -> Uuid {
        self.accounts.invitations(to).await.unwrap().last().unwrap().id
    }

    async fn takes_in(&self, manager: &Signed, id: Uuid, who: &Signed, role: Role) {
        self.accounts.invite(manager, id, who.phone.clone().unwrap(), role).await.unwrap();
        assert_eq!(self.accounts.accept_invitation(who, self.offer(who).await).await.unwrap(), id);
    }

    /// `role is_me` of each member.
    async fn roles(&self, by: &Signed, id: Uuid) -> Vec<(Role, bool)> {
        let view = self.accounts.organization(by, id).await.unwrap();
        view.members.iter().map(|m| (m.role, m.is_me)).collect()
    }

    async fn member_id(&self, by: &Signed, id: Uuid) -> Uuid {
        let view = self.accounts.organization(by, id).await.unwrap();
        view.members.iter().find(|m| m.is_me).unwrap().id
    }

    async fn notices(&self, of: &Signed) -> Vec<String> {
        let lines = crate::notices::inbox(&self.core, of.account, None).await.unwrap();
        lines.into_iter().map(|line| line.key).filter(|key| key.starts_with("notice-organization")).collect()
    }

    async fn acts(&self, db: &Store) -> Vec<String> {
        let sql = "SELECT act FROM audit WHERE object LIKE 'organization %' ORDER BY id";
        Sql::new(sql).scalars(db.read()).await.unwrap()
    }
}

#[tokio::test]
async fn a11_the_organisations_token_makes_its_signer_a_manager_and_renews_its_name() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (an, binh) = (w.somebody(1).await, w.somebody(2).await);
        let first = w.stands(&an, "0000000017", NAME).await;
        assert!(first.is_new);
        w.core.clock.advance(MINUTE);
        let second = w.stands(&binh, "0000000017", "CÔNG TY CỔ PHẦN HƯ CẤU").await;
        assert_eq!(second, Stood { organization: first.organization, is_new: false });
        let view = w.accounts.organization(&an, first.organization).await.unwrap();
        assert_eq!((view.mine.name.as_str(), view.mine.code.as_str()), ("CÔNG TY CỔ PHẦN HƯ CẤU", "0000000017"));
        assert_eq!((view.confirmed_by.as_str(), view.confirmed_at), ("Gốc thử", w.core.now()));
        assert!(view.mine.is_business());
        assert_eq!(w.roles(&an, first.organization).await, [(Role::Manager, true), (Role::Manager, false)]);
        assert_eq!(w.notices(&an).await, ["notice-organization-signed"], "the others are told");
        assert!(w.notices(&binh).await.is_empty());
        // Once more with the same token: nothing is doubled, nobody is told again.
        w.stands(&binh, "0000000017", NAME).await;
        assert_eq!(w.roles(&an, first.organization).await.len(), 2);
        assert_eq!(w.notices(&an).await.len(), 1);
        // A branch is an organisation of its own, and so is a state body.
        assert!(w.stands(&an, "0000000017-001", "CHI NHÁNH").await.is_new);
        w.core.clock.advance(1);
        let token = w.text_for(&an).await;
        let body = Seal { code: OrganizationCode::agency("Z00.01").unwrap(), ..seal_of("0000000017", "SỞ NGHĨ RA") };
        w.accounts.stand_for(&an, &token, body).await.unwrap();
        let mine = w.accounts.organizations(an.account).await.unwrap();
        assert_eq!(mine.len(), 3);
        assert_eq!(OrganizationKind::parse(&mine[2].kind), Some(OrganizationKind::StateBody));
        assert_eq!(w.acts(&db).await, vec!["organization-sign"; 5]);
        assert!(w.kinds_of_activity(an.account).await.contains(&"organization-signed".to_owned()));
    })
    .await;
}

#[tokio::test]
async fn a11_a_text_for_an_organisation_is_one_persons_once_and_opens_no_door() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (an, binh) = (w.somebody(1).await, w.somebody(2).await);
        let seal = || seal_of("0000000017", NAME);
        let token = w.text_for(&an).await;
        let flow = w.accounts.seal_flow(&an, &token).await.unwrap().unwrap();
        assert_eq!(flow.text("why"), super::stand::WHY);
        assert!(w.accounts.seal_flow(&binh, &token).await.unwrap().is_none(), "another's");
        let stolen = w.accounts.stand_for(&binh, &token, seal()).await;
        assert!(matches!(stolen, Err(Error::FlowGone)));
        let signer = crate::accounts::by_signature::Signer {
            number: base::personal_number::PersonalNumber::parse("044189001234").unwrap(),
            full_name: crate::accounts::FullName::parse("NGUYỄN THỊ VÍ DỤ").unwrap(),
        };
        assert!(matches!(w.accounts.signed(&token, signer, &visitor(1)).await, Err(Error::FlowGone)), "no door");
        let (one, other) =
            tokio::join!(w.accounts.stand_for(&an, &token, seal()), w.accounts.stand_for(&an, &token, seal()));
        assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1, "once");
        // A text to sign in serves no organisation.
        let door = w.accounts.start_signature("sign-in", Lang::VI, &visitor(1)).await.unwrap();
        assert!(matches!(w.accounts.stand_for(&an, door.expose(), seal()).await, Err(Error::FlowGone)));
        let late = w.text_for(&an).await;
        w.core.clock.advance(10 * MINUTE + 1);
        assert!(matches!(w.accounts.stand_for(&an, &late, seal()).await, Err(Error::FlowGone)));
        // Known by phone alone is not enough, and who is blocked stays outside.
        let plain = w.signed(&w.citizen(3).await).await;
        assert_eq!(refused(w.accounts.start_seal(&plain, Lang::VI, &visitor(1)).await), Refusal::NotIdentified);
        let token = w.text_for(&binh).await;
        let account = binh.account;
        let block = "UPDATE account SET blocked_at = 1, block_reason = 'thử' WHERE id = $1";
        w.write(block, move |sql| sql.bind(account)).await;
        assert!(matches!(w.accounts.stand_for(&binh, &token, seal()).await, Err(Error::Blocked { .. })));
    })
    .await;
}

#[tokio::test]
async fn a11_two_who_sign_for_a_new_organisation_at_one_moment_both_manage_the_one_that_there_is() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (an, binh) = (w.somebody(1).await, w.somebody(2).await);
        let (one, other) = (w.text_for(&an).await, w.text_for(&binh).await);
        let (one, other) = tokio::join!(
            w.accounts.stand_for(&an, &one, seal_of("0000000017", NAME)),
            w.accounts.stand_for(&binh, &other, seal_of("0000000017", NAME))
        );
        let (one, other) = (one.unwrap(), other.unwrap());
        assert_eq!(one.organization, other.organization);
        assert!(one.is_new != other.is_new, "one of them was first");
        assert_eq!(w.roles(&an, one.organization).await.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn a11_an_invitation_goes_to_a_phone_and_is_answered_once_by_its_owner() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (an, binh, chi) = (w.somebody(1).await, w.somebody(2).await, w.somebody(3).await);
        let id = w.company(&an).await;
        let invite = async |n: u32, role| w.accounts.invite(&an, id, phone(n), role).await;
        invite(2, Role::Member).await.unwrap();
        assert_eq!(refused(invite(2, Role::Manager).await), Refusal::AlreadyInvited);
        assert_eq!(refused(invite(1, Role::Member).await), Refusal::AlreadyMember);
        let sms = w.inbox(&phone(2)).await.remove(0);
        assert!(sms.contains(NAME) && sms.contains("/tai-khoan/to-chuc"), "{sms}");
        assert!(!sms.contains("Trần Thị Thử"), "nobody's name: {sms}");
        assert_eq!(w.notices(&binh).await, ["notice-organization-invited"]);
        let rows: Vec<Vec<u8>> =
            Sql::new("SELECT phone_sealed FROM organization_invitation").scalars(db.read()).await.unwrap();
        assert!(!String::from_utf8_lossy(&rows[0]).contains("914000002"), "sealed");
        let view = w.accounts.organization(&an, id).await.unwrap();
        assert_eq!(view.invited.len(), 1);
        assert!(
            view.invited[0].phone.contains("xxx") || view.invited[0].phone.contains('*'),
            "{}",
            view.invited[0].phone
        );

        let offer = w.offer(&binh).await;
        assert!(w.accounts.invitations(&chi).await.unwrap().is_empty());
        assert_eq!(refused(w.accounts.accept_invitation(&chi, offer).await), Refusal::InvitationGone);
        assert_eq!(refused(w.accounts.decline_invitation(&chi, offer).await), Refusal::InvitationGone);
        let (one, other) =
            tokio::join!(w.accounts.accept_invitation(&binh, offer), w.accounts.accept_invitation(&binh, offer));
        assert_eq!(u8::from(one.is_ok()) + u8::from(other.is_ok()), 1, "two at one moment");
        assert_eq!(w.roles(&binh, id).await, [(Role::Manager, false), (Role::Member, true)]);
        assert_eq!(w.notices(&an).await, ["notice-organization-joined"]);

        // Declined, withdrawn, too late.
        invite(3, Role::Manager).await.unwrap();
        let offer = w.offer(&chi).await;
        let (yes, no) =
            tokio::join!(w.accounts.accept_invitation(&chi, offer), w.accounts.withdraw_invitation(&an, id, offer));
        assert!(yes.is_ok() != no.is_ok(), "one of the two was first");
        if yes.is_ok() {
            w.accounts.leave_organization(&chi, id).await.unwrap();
        }
        invite(3, Role::Member).await.unwrap();
        w.accounts.decline_invitation(&chi, w.offer(&chi).await).await.unwrap();
        assert!(w.notices(&an).await.contains(&"notice-organization-declined".to_owned()));
        invite(3, Role::Member).await.unwrap();
        let late = w.offer(&chi).await;
        w.core.clock.advance(INVITATION_LIVES);
        assert!(w.accounts.invitations(&chi).await.unwrap().is_empty());
        assert_eq!(refused(w.accounts.accept_invitation(&chi, late).await), Refusal::InvitationGone);
        assert!(w.accounts.organization(&an, id).await.unwrap().invited.is_empty());
        w.core.clock.advance(1);
        crate::reports::automatic::sweep(&w.core).await.unwrap();
        let left: Option<i64> =
            Sql::new("SELECT count(*) FROM organization_invitation").scalar(db.read()).await.unwrap();
        assert_eq!(left, Some(0), "phones of those who never answered are not kept");
        // Who proved nothing but a phone sees the offer and cannot take it yet.
        let plain = w.signed(&w.citizen(4).await).await;
        let an =
            w.signed(&crate::accounts::tests::entered(w.sign_in(1, crate::accounts::tests::GOOD).await.unwrap())).await;
        w.accounts.invite(&an, id, phone(4), Role::Member).await.unwrap();
        let offer = w.offer(&plain).await;
        assert_eq!(refused(w.accounts.accept_invitation(&plain, offer).await), Refusal::NotIdentified);
        assert_eq!(w.accounts.invitations(&plain).await.unwrap().len(), 1, "it still stands");
    })
    .await;
}

#[tokio::test]
async fn a11_nobody_is_rung_without_end() {
    each_engine(async |db| {
        let w = world(&db).await;
        let an = w.somebody(1).await;
        let id = w.company(&an).await;
        for _ in 0..5 {
            w.accounts.invite(&an, id, phone(2), Role::Member).await.unwrap();
            let offer = w.accounts.organization(&an, id).await.unwrap().invited[0].id;
            w.accounts.withdraw_invitation(&an, id, offer).await.unwrap();
        }
        let e = w.accounts.invite(&an, id, phone(2), Role::Member).await.unwrap_err();
        assert!(e.again_at().is_some(), "{e}");
        let mut sent = 0;
        while w.accounts.invite(&an, id, phone(100 + sent), Role::Member).await.is_ok() {
            sent += 1;
            assert!(sent < 60, "never stopped");
        }
        assert_eq!(sent, 25, "thirty a day in all");
    })
    .await;
}

#[tokio::test]
async fn a11_each_deed_is_for_whom_the_table_says_and_strangers_find_nothing() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (an, binh, stranger) = (w.somebody(1).await, w.somebody(2).await, w.somebody(3).await);
        let id = w.company(&an).await;
        w.takes_in(&an, id, &binh, Role::Member).await;
        w.accounts.invite(&an, id, phone(9), Role::Member).await.unwrap();
        let offer = w.accounts.organization(&an, id).await.unwrap().invited[0].id;
        let (theirs, own) = (w.member_id(&an, id).await, w.member_id(&binh, id).await);
        assert!(w.accounts.organization(&binh, id).await.unwrap().invited.is_empty(), "whom they invite");
        for (who, hidden) in [(&binh, false), (&stranger, true)] {
            let said = [
                w.accounts.invite(who, id, phone(8), Role::Member).await,
                w.accounts.withdraw_invitation(who, id, offer).await,
                w.accounts.change_member_role(who, id, own, Role::Manager).await,
                w.accounts.change_member_role(who, id, theirs, Role::Member).await,
                w.accounts.remove_member(who, id, theirs).await,
                w.accounts.organization_for(who, id, Deed::Invite).await.map(|_| ()),
            ];
            for said in said {
                assert!(if hidden { is_not_found(&said) } else { is_forbidden(&said) }, "{hidden}: {said:?}");
            }
        }
        assert!(is_not_found(&w.accounts.organization(&stranger, id).await));
        assert!(is_not_found(&w.accounts.leave_organization(&stranger, id).await));
        // A member of one organisation is none of another.
        let other = w.stands(&stranger, "0000000024", "CÔNG TY KHÁC").await.organization;
        assert!(is_not_found(&w.accounts.remove_member(&stranger, other, own).await));
        assert!(is_not_found(&w.accounts.change_member_role(&stranger, other, own, Role::Manager).await));
        let gone = w.accounts.withdraw_invitation(&stranger, other, offer).await;
        assert_eq!(refused(gone), Refusal::InvitationGone);
        // An old proof of the person is not enough to decide about others.
        w.core.clock.advance(11 * MINUTE);
        for said in [
            w.accounts.invite(&an, id, phone(8), Role::Member).await,
            w.accounts.change_member_role(&an, id, own, Role::Manager).await,
            w.accounts.remove_member(&an, id, own).await,
        ] {
            assert!(matches!(said, Err(Error::Shared(Shared::StepUp))), "{said:?}");
        }
        assert_eq!(w.roles(&an, id).await.len(), 2, "nothing happened");
    })
    .await;
}

#[tokio::test]
async fn a11_one_manager_always_stays_also_when_two_go_at_one_moment() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (an, binh) = (w.somebody(1).await, w.somebody(2).await);
        let id = w.company(&an).await;
        let own = w.member_id(&an, id).await;
        for said in [
            w.accounts.leave_organization(&an, id).await,
            w.accounts.remove_member(&an, id, own).await,
            w.accounts.change_member_role(&an, id, own, Role::Member).await,
        ] {
            assert_eq!(refused(said), Refusal::LastManager);
        }
        assert!(w.accounts.organization(&an, id).await.unwrap().may_leave().is_err());
        w.takes_in(&an, id, &binh, Role::Member).await;
        assert_eq!(
            refused(w.accounts.leave_organization(&an, id).await),
            Refusal::LastManager,
            "a member decides nothing"
        );
        let theirs = w.member_id(&binh, id).await;
        w.accounts.change_member_role(&an, id, theirs, Role::Manager).await.unwrap();
        w.accounts.change_member_role(&an, id, theirs, Role::Manager).await.unwrap();
        assert!(w.notices(&binh).await.contains(&"notice-organization-role".to_owned()));
        // Both leave; both take the other out; each sinks the own role.
        let (one, other) =
            tokio::join!(w.accounts.leave_organization(&an, id), w.accounts.leave_organization(&binh, id));
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        let (stays, back) = if one.is_ok() { (&binh, &an) } else { (&an, &binh) };
        w.takes_in(stays, id, back, Role::Manager).await;
        let (a, b) = (w.member_id(&an, id).await, w.member_id(&binh, id).await);
        let (one, other) = tokio::join!(w.accounts.remove_member(&an, id, b), w.accounts.remove_member(&binh, id, a));
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        let (stays, back) = if one.is_ok() { (&an, &binh) } else { (&binh, &an) };
        assert!(w.notices(back).await.contains(&"notice-organization-removed".to_owned()));
        w.takes_in(stays, id, back, Role::Manager).await;
        let (a, b) = (w.member_id(&an, id).await, w.member_id(&binh, id).await);
        let (one, other) = tokio::join!(
            w.accounts.change_member_role(&an, id, a, Role::Member),
            w.accounts.change_member_role(&binh, id, b, Role::Member)
        );
        assert!(one.is_ok() != other.is_ok(), "{one:?} {other:?}");
        let roles = w.roles(&an, id).await;
        assert_eq!(roles.iter().filter(|(role, _)| *role == Role::Manager).count(), 1, "{roles:?}");
    })
    .await;
}

#[tokio::test]
async fn a11_a12_memberships_are_in_the_download_and_go_with_the_account() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (an, binh) = (w.somebody(1).await, w.somebody(2).await);
        let id = w.company(&an).await;
        w.takes_in(&an, id, &binh, Role::Member).await;
        let export = w.accounts.export_data(&an).await.unwrap();
        let json: serde_json::Value = serde_json::from_str(&export.json).unwrap();
        assert_eq!(
            (&json["organizations"][0]["code"], &json["organizations"][0]["role"]),
            (&"0000000017".into(), &"manager".into())
        );
        assert!(export.text.contains(&format!("Doanh nghiệp {NAME} (0000000017): Người quản lý")), "{}", export.text);
        let other = w.stands(&binh, "0000000024", "CÔNG TY KHÁC").await.organization;
        w.accounts.invite(&binh, other, phone(1), Role::Member).await.unwrap();

        assert_eq!(w.accounts.sole_manager_of(an.account).await.unwrap(), [NAME], "said before it happens");
        assert_eq!(w.accounts.sole_manager_of(binh.account).await.unwrap(), ["CÔNG TY KHÁC"]);
        w.accounts.delete_account(&an).await.unwrap();
        assert_eq!(w.roles(&binh, id).await, [(Role::Member, true)], "it stays, without anybody who decides");
        assert!(w.accounts.organization(&binh, other).await.unwrap().invited.is_empty(), "nor is the phone kept");
        let people: Option<i64> = Sql::new("SELECT count(*) FROM organization_member WHERE account_id = $1")
            .bind(an.account)
            .scalar(db.read())
            .await
            .unwrap();
        assert_eq!(people, Some(0));
        // The next signature makes a manager.
        assert!(!w.stands(&binh, "0000000017", NAME).await.is_new);
        assert_eq!(w.roles(&binh, id).await, [(Role::Manager, true)]);
    })
    .await;
}

#[test]
fn a11_every_refusal_has_a_sentence_in_both_languages() {
    let texts = base::i18n::Texts::load(crate::core::text_sources()).unwrap();
    for lang in [Lang::VI, Lang::EN] {
        for key in Refusal::ALL.map(Refusal::key) {
            assert!(texts.has(lang, key), "{lang} {key}");
        }
        for happened in Happened::ALL {
            assert!(texts.has(lang, &format!("activity-{}", happened.as_str())), "{lang} {happened:?}");
        }
        for key in ["signed", "invited", "joined", "declined", "role", "removed"] {
            assert!(texts.has(lang, &format!("notice-organization-{key}")), "{lang} {key}");
        }
        for role in Role::ALL {
            assert!(texts.has(lang, &format!("organization-role-{}", role.as_str())));
        }
        for kind in OrganizationKind::ALL {
            assert!(texts.has(lang, &format!("organization-{}", kind.as_str())));
        }
    }
}
