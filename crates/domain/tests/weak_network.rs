//! Weak networks (R2) on both engines: photos in pieces, a queue on the phone that is sent more than once.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

mod support;

use base::{
    clock::{DAY, HOUR},
    ids::{Uuid, new_id},
};
use domain::{
    core::Core,
    error::Error,
    reports::{
        automatic,
        drafts::{self, Saved},
        from_phone::{FromPhone, submit_from_phone},
        rows, uploads, views,
    },
    testing,
};
use support::{append, count, draft, each_citizen, key_of, later, saved};

fn photo() -> Vec<u8> {
    let picture = image::RgbImage::from_fn(64, 48, |x, y| image::Rgb([x as u8, y as u8, 80]));
    let mut out = std::io::Cursor::new(Vec::new());
    picture.write_to(&mut out, image::ImageFormat::Png).unwrap();
    out.into_inner()
}

/// Sends a whole photo in pieces of a hundred bytes.
async fn uploaded(core: &Core, account: Uuid) -> Uuid {
    let bytes = photo();
    let upload = uploads::create(core, account, "a.png", bytes.len() as i64).await.unwrap();
    append(core, account, upload.id, &bytes, 100).await.unwrap();
    upload.id
}

#[tokio::test]
async fn a12_photos_of_what_was_thrown_away_are_gone() {
    each_citizen(async |core, me| {
        let draft_with_photo = async || {
            let draft = drafts::start(&core, me, &Saved::default()).await.unwrap();
            let id = drafts::add_upload(&core, me, draft, uploaded(&core, me).await).await.unwrap();
            (draft, id, drafts::find(&core, me, draft).await.unwrap().photos[0].file.clone())
        };
        let exists = async |file: &str| core.files.get(&format!("{file}-l.jpg")).await.unwrap().is_some();
        let (discarded, _, first) = draft_with_photo().await;
        drafts::discard(&core, me, discarded).await.unwrap();
        let (edited, photo, second) = draft_with_photo().await;
        drafts::remove_photo(&core, me, edited, photo).await.unwrap();
        let (_, _, third) = draft_with_photo().await;
        automatic::sweep(&core).await.unwrap();
        assert!(
            exists(&first).await && exists(&second).await,
            "what is being sent at this moment must find its photos"
        );
        later(&core, 61 * DAY).await;
        assert!(!exists(&first).await && !exists(&second).await);
        later(&core, 2 * HOUR).await;
        assert!(!exists(&third).await, "forgotten after 60 days");

        // What became a report stays, although its draft is gone.
        let (sent, _, file) = draft_with_photo().await;
        let saved = saved();
        drafts::save(&core, me, sent, &saved).await.unwrap();
        drafts::send(&core, me, sent).await.unwrap();
        later(&core, 2 * HOUR).await;
        assert!(exists(&file).await);
        assert_eq!(count(&core, "SELECT count(*) FROM job WHERE kind = 'litter'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn r2_photos_that_end_at_one_moment_are_all_kept() {
    each_citizen(async |core, me| {
        for _ in 0..5 {
            let draft = drafts::start(&core, me, &Saved::default()).await.unwrap();
            let mut uploads = Vec::new();
            for _ in 0..4 {
                uploads.push(uploaded(&core, me).await);
            }
            let added = uploads.iter().map(|id| drafts::add_upload(&core, me, draft, *id));
            for added in futures_util::future::join_all(added).await {
                added.unwrap();
            }
            assert_eq!(drafts::find(&core, me, draft).await.unwrap().photos.len(), 4);
            drafts::discard(&core, me, draft).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn r2_a_photo_goes_on_where_its_upload_broke() {
    each_citizen(async |core, me| {
        let bytes = photo();
        let all = bytes.len() as i64;
        let upload = uploads::create(&core, me, "nha/ảnh.png", all).await.unwrap();
        let (id, half) = (upload.id, (all / 2) as usize);
        uploads::append(&core, me, id, 0, bytes[..half].to_vec()).await.unwrap();
        assert_eq!(uploads::find(&core, me, id).await.unwrap().received, half as i64);
        // The same piece once more, one that overlaps, one that leaves a hole: the upload stands where it stood.
        for (offset, piece) in
            [(0, &bytes[..half]), (half as i64 - 3, &bytes[half - 3..]), (half as i64 + 3, &bytes[half + 3..])]
        {
            let refused = uploads::append(&core, me, id, offset, piece.to_vec()).await;
            assert!(matches!(refused, Err(Error::State)), "{offset}");
        }
        let longer = [&bytes[half..], b"x"].concat();
        assert_eq!(key_of(uploads::append(&core, me, id, half as i64, longer).await), "photo-too-large");
        let whole = uploads::append(&core, me, id, half as i64, bytes[half..].to_vec()).await.unwrap();
        assert_eq!(whole.received, all);

        let draft = drafts::start(&core, me, &Saved::default()).await.unwrap();
        assert_eq!(drafts::add_upload(&core, me, draft, id).await.unwrap(), id);
        assert_eq!(drafts::add_upload(&core, me, draft, id).await.unwrap(), id, "the answer was lost: asked again");
        let photos = drafts::find(&core, me, draft).await.unwrap().photos;
        assert_eq!((photos.len(), photos[0].width, photos[0].name.as_str()), (1, 64, "nha/ảnh.png"));
        assert!(core.files.get(&format!("{}-l.jpg", photos[0].file)).await.unwrap().is_some());
        assert_eq!(count(&core, "SELECT count(*) FROM upload").await, 0);
    })
    .await;
}

#[tokio::test]
async fn r2_of_two_same_pieces_at_once_one_counts() {
    each_citizen(async |core, me| {
        let bytes = photo();
        let id = uploads::create(&core, me, "a.png", bytes.len() as i64).await.unwrap().id;
        let both = tokio::join!(
            uploads::append(&core, me, id, 0, bytes[..50].to_vec()),
            uploads::append(&core, me, id, 0, bytes[..50].to_vec()),
        );
        let won = [&both.0, &both.1].iter().filter(|r| r.is_ok()).count();
        assert_eq!(won, 1, "{both:?}");
        uploads::append(&core, me, id, 50, bytes[50..].to_vec()).await.unwrap();
    })
    .await;
}

#[tokio::test]
async fn r2_foreign_expired_and_hostile_uploads_are_refused() {
    each_citizen(async |core, me| {
        let other = testing::citizen(&core, 2).await;
        assert_eq!(key_of(uploads::create(&core, me, "", 0).await), "photo-empty");
        assert_eq!(key_of(uploads::create(&core, me, "", uploads::MOST_BYTES + 1).await), "photo-too-large");
        let id = uploads::create(&core, me, "a", 40).await.unwrap().id;
        let foreign = |e| matches!(e, Err(Error::NotFound));
        assert!(foreign(uploads::find(&core, other, id).await.map(|_| ())));
        assert!(foreign(uploads::append(&core, other, id, 0, vec![1; 10]).await.map(|_| ())));
        assert!(foreign(uploads::stop(&core, other, id).await));
        let draft = drafts::start(&core, other, &Saved::default()).await.unwrap();
        assert!(foreign(drafts::add_upload(&core, other, draft, id).await.map(|_| ())));
        // What is no photo is gone with its bytes once it is whole.
        let refused = uploads::append(&core, me, id, 0, b"<svg onload=alert(1)>                   ".to_vec()).await;
        assert_eq!(key_of(refused), "photo-not-a-photo");
        assert!(foreign(uploads::find(&core, me, id).await.map(|_| ())));

        let old = uploads::create(&core, me, "a", 40).await.unwrap().id;
        uploads::append(&core, me, old, 0, vec![1; 10]).await.unwrap();
        core.clock.advance(uploads::LIVES);
        assert!(foreign(uploads::append(&core, me, old, 10, vec![1; 10]).await.map(|_| ())));
        later(&core, 2 * HOUR).await;
        assert_eq!(count(&core, "SELECT count(*) FROM upload").await, 0);

        // A phone that begins again and again does not fill the disk.
        for _ in 0..uploads::MOST_OPEN + 5 {
            uploads::create(&core, me, "a", 40).await.unwrap();
            core.clock.advance(1);
        }
        assert_eq!(count(&core, "SELECT count(*) FROM upload").await, uploads::MOST_OPEN as i64);
        core.clock.advance(DAY - core.now() % DAY);
        for _ in 0..300 {
            uploads::create(&core, me, "a", 40).await.unwrap();
        }
        assert!(matches!(uploads::create(&core, me, "a", 40).await, Err(Error::TooOften { .. })));
    })
    .await;
}

#[tokio::test]
async fn r2_a_report_that_waited_on_the_phone_arrives_once_however_often_it_is_sent() {
    each_citizen(async |core, me| {
        let other = testing::citizen(&core, 2).await;
        let upload = uploaded(&core, me).await;
        let sent = FromPhone {
            key: new_id(&core.clock, &core.entropy),
            draft: None,
            report: draft(),
            photos: vec![upload, upload],
        };
        let foreign = submit_from_phone(&core, other, &sent).await;
        assert_eq!(key_of(foreign), "photo-gone", "another person's photo");
        // Two tabs at one moment, then again after a lost answer, when the upload is long gone.
        let (a, b) = tokio::join!(submit_from_phone(&core, me, &sent), submit_from_phone(&core, me, &sent));
        let again = submit_from_phone(&core, me, &sent).await.unwrap();
        assert_eq!(a.unwrap(), again);
        assert_eq!(b.unwrap(), again);
        let mine = views::mine(&core, me, None, 10).await.unwrap();
        assert_eq!((mine.len(), mine[0].photos), (1, 1));
        let report = rows::by_code(core.store.read(), again.code.as_str()).await.unwrap().unwrap();
        let photos = rows::photos(core.store.read(), report.id).await.unwrap();
        later(&core, 3 * DAY).await;
        assert!(core.files.get(&format!("{}-l.jpg", photos[0].file)).await.unwrap().is_some(), "the sweep leaves it");

        // A photo stands in one report only.
        let upload = uploaded(&core, me).await;
        let first = FromPhone { key: new_id(&core.clock, &core.entropy), photos: vec![upload], ..sent.clone() };
        submit_from_phone(&core, me, &first).await.unwrap();
        let second = FromPhone { key: new_id(&core.clock, &core.entropy), ..first };
        assert_eq!(key_of(submit_from_phone(&core, me, &second).await), "photo-gone");
    })
    .await;
}

#[tokio::test]
async fn r2_the_wizards_draft_sent_from_both_sides_is_one_report() {
    each_citizen(async |core, me| {
        let saved = saved();
        // The network broke while «Gửi» was on its way: the report is there, the phone does not know, and sends it itself.
        let id = drafts::start(&core, me, &saved).await.unwrap();
        let upload = uploaded(&core, me).await;
        drafts::add_upload(&core, me, id, upload).await.unwrap();
        let first = drafts::send(&core, me, id).await.unwrap();
        let sent = FromPhone {
            key: new_id(&core.clock, &core.entropy),
            draft: Some(id),
            report: draft(),
            photos: vec![upload],
        };
        assert_eq!(submit_from_phone(&core, me, &sent).await.unwrap(), first);

        // The other way round: the phone sends it, with the photo that the draft has already.
        let id = drafts::start(&core, me, &saved).await.unwrap();
        let upload = uploaded(&core, me).await;
        drafts::add_upload(&core, me, id, upload).await.unwrap();
        let sent = FromPhone { draft: Some(id), photos: vec![upload], ..sent };
        let second = submit_from_phone(&core, me, &sent).await.unwrap();
        assert_eq!(drafts::send(&core, me, id).await.unwrap(), second);
        assert!(drafts::list(&core, me).await.unwrap().is_empty(), "nothing is left to go on with");
        let mine = views::mine(&core, me, None, 10).await.unwrap();
        assert_eq!((mine.len(), mine[0].photos), (2, 1));
    })
    .await;
}
