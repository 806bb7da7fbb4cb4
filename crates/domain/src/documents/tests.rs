//! Papers (N6): what is taken, whose they are, what stands where, and what is left when something breaks. What a file is stands in `content_tests`.

use super::*;
use crate::{
    accounts::{
        Accounts, Signed,
        linked::turn,
        tests::{World, world},
    },
    core::Core,
    reports::litter,
    testing::pdf::Pdf,
};
use base::{clock::HOUR, ids::Uuid, keys::Keys};
use futures_util::TryStreamExt;
use std::{io::Cursor, sync::Arc};
use store::{FromRow, Insert, Sql, Tx, testing::each_engine};

/// The key of `testing::core`.
const MASTER: [u8; 32] = [7; 32];

#[derive(FromRow)]
struct Raw {
    id: Uuid,
    sealed: Vec<u8>,
    file: String,
    key_id: i64,
}

fn new(name: &str, file: Vec<u8>) -> New<'_> {
    New { name, topic: "identity", files: vec![file], too_large: false, form: None }
}

fn why(e: Error) -> Vec<&'static str> {
    match e {
        Error::Shared(Shared::Invalid(fields)) => fields.into_iter().map(|f| f.key).collect(),
        e => panic!("{e}"),
    }
}

fn jpeg(width: u32, height: u32) -> Vec<u8> {
    let picture = image::RgbImage::from_fn(width, height, |x, y| image::Rgb([(x % 256) as u8, (y % 256) as u8, 80]));
    let mut out = Vec::new();
    picture.write_to(&mut Cursor::new(&mut out), image::ImageFormat::Jpeg).unwrap();
    out
}

impl World {
    async fn keeper(&self, n: u32) -> Arc<Signed> {
        let session = self.citizen(n).await;
        self.signed(&session).await
    }

    async fn raw(&self) -> Vec<Raw> {
        let sql = Sql::new("SELECT id, sealed, file, key_id FROM document ORDER BY id");
        sql.all(self.core.store.read()).await.unwrap()
    }

    async fn has_file(&self, file: &str) -> bool {
        self.core.files.get(file).await.unwrap().is_some()
    }

    /// The same house after a restart with other keys.
    fn turned(&self, keys: Keys) -> World {
        let core = self.core.with(|parts| parts.keys = keys);
        World { accounts: Accounts::new(core.clone()).unwrap(), core }
    }

    async fn bytes(&self, who: &Signed, id: Uuid) -> Option<Vec<u8>> {
        match self.accounts.look_at_document(who, id).await.unwrap().1 {
            Content::Ready(pieces) => Some(pieces.try_collect::<Vec<_>>().await.unwrap().concat()),
            _ => None,
        }
    }

    async fn paper_acts(&self, who: &Signed) -> Vec<String> {
        let lines = self.accounts.activity(who.account, None).await.unwrap();
        let of_papers = lines.into_iter().filter(|l| l.kind.starts_with("document"));
        let mut kinds: Vec<String> = of_papers.map(|l| l.kind).collect();
        // All of it was at one moment.
        kinds.sort();
        kinds
    }

    /// Fills a store with rows that have no files.
    async fn fill(&self, account: Uuid, n: u32, bytes: i64) {
        let core = self.core.clone();
        let fill = move |tx: Tx| async move {
            for _ in 0..n {
                let id = core.new_id();
                let row =
                    Insert::into("document").set("id", id).set("account_id", account).set("sealed", vec![1u8; 40]);
                let row = row.set("key_id", 0i64).set("media", "pdf").set("bytes", bytes).set("file", "documents/x");
                row.set("added_at", core.now()).exec(&tx).await?;
            }
            Ok::<_, store::Error>(())
        };
        self.core.store.write(fill).await.unwrap();
    }
}

async fn count(core: &Core, sql: &'static str) -> i64 {
    Sql::new(sql).scalar(core.store.read()).await.unwrap().unwrap_or(0)
}

#[tokio::test]
async fn n6_a_paper_is_kept_sealed_and_comes_back_as_it_was() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.keeper(1).await;
        // Several pieces, the last of them not whole.
        let pdf = Pdf { filling: 200_000, ..Pdf::saying("Bang tot nghiep") }.bytes();
        let id = w.accounts.add_document(&me, new(" Bằng tốt\u{202e}\n nghiệp ", pdf.clone())).await.unwrap();
        let line = w.accounts.document(me.account, id).await.unwrap();
        assert_eq!(
            (line.name.as_deref(), line.topic, line.media),
            (Some("Bằng tốt nghiệp"), Some(Topic::Identity), Media::Pdf)
        );
        assert_eq!(w.accounts.documents(me.account).await.unwrap(), [line]);
        assert_eq!(w.bytes(&me, id).await.unwrap(), pdf, "byte for byte");
        let raw = w.raw().await.remove(0);
        let file = w.core.files.get(&raw.file).await.unwrap().unwrap();
        assert!(!file.windows(5).any(|w| w == b"%PDF-" || w == b"/Type"), "the file can be read");
        assert!(
            !raw.sealed.windows(6).any(|w| w == b"Identi" || w == b"identi" || w == b"\"name\""),
            "the row can be read"
        );
        let photo = jpeg(3_000, 1_500);
        let id = w.accounts.add_document(&me, new("Ảnh", photo.clone())).await.unwrap();
        let line = w.accounts.document(me.account, id).await.unwrap();
        assert_eq!((line.media, line.width, line.height), (Media::Jpeg, Some(2_400), Some(1_200)));
        let kept = w.bytes(&me, id).await.unwrap();
        assert!(kept != photo && kept.starts_with(b"\xff\xd8\xff") && kept.len() as i64 == line.bytes);
        assert!(w.accounts.take_document(&me, id).await.unwrap().1.is_ready());
        assert_eq!(w.paper_acts(&me).await, ["document-added", "document-added", "document-taken"]);
    })
    .await;
}

#[tokio::test]
async fn n6_a_picture_loses_what_the_camera_wrote_and_is_turned_upright() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.keeper(1).await;
        let plain = jpeg(60, 30);
        let mut tiff = b"MM\0*\0\0\0\x08\0\x02\x01\x12\0\x03\0\0\0\x01\0\x06\0\0\x01\x0f\0\x02\0\0\0\x04LAT\0".to_vec();
        tiff.extend([0; 4]);
        let mut turned = plain[..2].to_vec();
        turned.extend([0xff, 0xe1]);
        turned.extend(((tiff.len() + 8) as u16).to_be_bytes());
        turned.extend(b"Exif\0\0");
        turned.extend(tiff);
        turned.extend(&plain[2..]);
        let id = w.accounts.add_document(&me, new("Ảnh", turned)).await.unwrap();
        let kept = w.bytes(&me, id).await.unwrap();
        assert!(!kept.windows(4).any(|w| w == b"Exif") && !kept.windows(3).any(|w| w == b"LAT"));
        let line = w.accounts.document(me.account, id).await.unwrap();
        assert_eq!((line.width, line.height), (Some(30), Some(60)));
    })
    .await;
}

#[tokio::test]
async fn n6_what_does_not_fit_is_refused_with_every_reason_and_leaves_nothing() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.keeper(1).await;
        let add = async |new: New<'_>| why(w.accounts.add_document(&me, new).await.unwrap_err());
        let pdf = || Pdf::saying("a").bytes();
        let none = New { topic: "passport", ..New::default() };
        assert_eq!(add(none).await, ["document-name-missing", "document-topic-missing", "document-file-missing"]);
        assert_eq!(add(new(" \u{202e}\u{200b}\t ", pdf())).await, ["document-name-missing"]);
        assert_eq!(add(new(&"ă".repeat(121), pdf())).await, ["document-name-long"]);
        assert_eq!(add(new(&"a".repeat(1_000_000), pdf())).await, ["document-name-long"]);
        assert_eq!(add(new("a", Vec::new())).await, ["document-empty"]);
        assert_eq!(add(New { files: vec![pdf(), pdf()], ..new("a", Vec::new()) }).await, ["document-two-files"]);
        assert_eq!(
            add(New { files: Vec::new(), too_large: true, ..new("a", Vec::new()) }).await,
            ["document-too-large"]
        );
        assert_eq!(add(new("a", jpeg(600, 400)[..3_000].to_vec())).await, ["document-picture-broken"]);
        assert!(w.raw().await.is_empty());
        w.accounts.add_document(&me, new(&"ă".repeat(120), pdf())).await.unwrap();
        assert_eq!(w.paper_acts(&me).await, ["document-added"]);
    })
    .await;
}

#[tokio::test]
async fn n6_ten_megabytes_fit_and_one_byte_more_does_not() {
    let of = |size: usize| {
        let without = Pdf { filling: 1_000_000, ..Pdf::saying("a") }.bytes().len() - 1_000_000;
        let mut pdf = Pdf { filling: size - without - 8, ..Pdf::saying("a") }.bytes();
        assert!(pdf.len() <= size);
        pdf.resize(size, b'\n');
        pdf
    };
    assert_eq!(what(&of(MOST_BYTES)), Ok(Media::Pdf));
    assert_eq!(what(&of(MOST_BYTES + 1)), Err(Refusal::TooLarge));
}

#[tokio::test]
async fn n6_papers_are_their_owners_and_other_peoples_ids_are_none() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (me, other) = (w.keeper(1).await, w.keeper(2).await);
        let id = w.accounts.add_document(&me, new("Sổ đỏ", Pdf::saying("a").bytes())).await.unwrap();
        for id in [id, w.core.new_id()] {
            let gone = |e: Error| assert!(matches!(e, Error::Shared(Shared::NotFound)), "{e}");
            gone(w.accounts.document(other.account, id).await.unwrap_err());
            gone(w.accounts.look_at_document(&other, id).await.err().unwrap());
            gone(w.accounts.take_document(&other, id).await.err().unwrap());
            gone(w.accounts.rename_document(&other, id, "Của tôi", "land").await.unwrap_err());
            gone(w.accounts.remove_document(&other, id).await.unwrap_err());
        }
        assert!(w.accounts.documents(other.account).await.unwrap().is_empty());
        let mut helper = Signed::clone(&me);
        helper.kind = Kind::Helper;
        let shut = |e: Error| assert!(matches!(e, Error::Shared(Shared::Forbidden)), "{e}");
        shut(w.accounts.add_document(&helper, new("a", Pdf::saying("a").bytes())).await.unwrap_err());
        shut(w.accounts.look_at_document(&helper, id).await.err().unwrap());
        shut(w.accounts.take_document(&helper, id).await.err().unwrap());
        shut(w.accounts.rename_document(&helper, id, "a", "land").await.unwrap_err());
        shut(w.accounts.remove_document(&helper, id).await.unwrap_err());
        w.accounts.rename_document(&me, id, "Sổ đỏ nhà cũ", "land").await.unwrap();
        let line = w.accounts.document(me.account, id).await.unwrap();
        assert_eq!((line.name.as_deref(), line.topic), (Some("Sổ đỏ nhà cũ"), Some(Topic::Land)));
        assert!(w.bytes(&me, id).await.is_some());
        assert_eq!(why(w.accounts.rename_document(&me, id, "", "x").await.unwrap_err()).len(), 2);
    })
    .await;
}

#[tokio::test]
async fn n6_two_that_come_at_one_moment_do_not_pass_the_most() {
    each_engine(async |db| {
        let w = world(&db).await;
        let pdf = Pdf { filling: 100_000, ..Pdf::saying("a") }.bytes();
        let size = pdf.len() as i64;
        // By number, and by bytes.
        for (n, before, bytes, key) in
            [(1, 49, 1, "document-too-many"), (2, 10, (MOST_BYTES_TOGETHER - size) / 10, "document-no-room")]
        {
            let me = w.keeper(n).await;
            w.fill(me.account, before, bytes).await;
            let add = || w.accounts.add_document(&me, new("a", pdf.clone()));
            let (one, two, three) = tokio::join!(add(), add(), add());
            let (kept, refused): (Vec<_>, Vec<_>) = [one, two, three].into_iter().partition(Result::is_ok);
            assert_eq!(kept.len(), 1, "{refused:?}");
            for refused in refused {
                assert_eq!(why(refused.unwrap_err()), [key]);
            }
            assert_eq!(w.accounts.documents(me.account).await.unwrap().len(), before as usize + 1);
        }
        // What was refused at the last moment left no file.
        w.core.clock.advance(HOUR);
        litter::sweep(&w.core).await.unwrap();
        assert_eq!(count(&w.core, "SELECT count(*) FROM job").await, 0);
    })
    .await;
}

#[tokio::test]
async fn n6_the_same_form_twice_is_one_paper() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (me, other) = (w.keeper(1).await, w.keeper(2).await);
        let form = Some(w.core.new_id());
        let add = |who| w.accounts.add_document(who, New { form, ..new("a", Pdf::saying("a").bytes()) });
        let (one, two) = tokio::join!(add(&me), add(&me));
        let id = one.unwrap();
        assert_eq!(two.unwrap(), id);
        assert_eq!(add(&me).await.unwrap(), id);
        assert_eq!(w.raw().await.len(), 1);
        assert!(w.bytes(&me, id).await.is_some());
        assert_ne!(add(&other).await.unwrap(), id, "another person's form is another form");
        w.accounts.remove_document(&me, id).await.unwrap();
        assert_eq!(add(&me).await.unwrap(), id, "what was taken out does not come back by a page that is sent again");
        assert!(w.accounts.documents(me.account).await.unwrap().is_empty());
    })
    .await;
}

#[tokio::test]
async fn x17_files_without_a_row_are_swept_and_those_with_one_stay() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.keeper(1).await;
        let id = w.accounts.add_document(&me, new("a", Pdf::saying("a").bytes())).await.unwrap();
        let mine = w.raw().await.remove(0).file;
        // A file was written, and then the process ended.
        let (stray, job) = ("documents/0199aa/0199aabb".to_owned(), w.core.new_id());
        w.core.files.put(&stray, vec![1]).await.unwrap();
        let (left, now) = ((w.core.new_id(), stray.clone()), w.core.now());
        let note = move |tx: Tx| async move { litter::leave(&tx, job, &[left], now).await };
        w.core.store.write(note).await.unwrap();
        litter::sweep(&w.core).await.unwrap();
        assert!(w.has_file(&stray).await, "whoever writes may still be at it");
        w.core.clock.advance(HOUR);
        litter::sweep(&w.core).await.unwrap();
        assert!(!w.has_file(&stray).await && w.has_file(&mine).await);
        w.accounts.remove_document(&me, id).await.unwrap();
        assert!(!w.has_file(&mine).await);
        assert_eq!(w.paper_acts(&me).await, ["document-added", "document-removed"]);
    })
    .await;
}

#[tokio::test]
async fn a12_who_leaves_takes_papers_and_files_along() {
    each_engine(async |db| {
        let w = world(&db).await;
        let (me, other) = (w.keeper(1).await, w.keeper(2).await);
        for who in [&me, &other] {
            w.accounts.add_document(who, new("Sổ đỏ nhà cũ", Pdf::saying("a").bytes())).await.unwrap();
        }
        let export = w.accounts.export_data(&me).await.unwrap();
        assert!(export.json.contains("Sổ đỏ nhà cũ") && export.text.contains("Sổ đỏ nhà cũ"), "{}", export.text);
        assert!(!export.json.contains("sealed") && !export.json.contains("documents/"), "{}", export.json);
        let before = w.raw().await;
        w.accounts.delete_account(&me).await.unwrap();
        assert_eq!(w.raw().await.len(), 1);
        w.core.clock.advance(HOUR);
        litter::sweep(&w.core).await.unwrap();
        let mut kept = 0;
        for raw in &before {
            kept += i32::from(w.has_file(&raw.file).await);
        }
        assert_eq!(kept, 1, "the other person's alone");
        assert!(w.bytes(&other, w.raw().await[0].id).await.is_some());
    })
    .await;
}

#[tokio::test]
async fn n6_what_is_broken_is_said_and_never_an_error_of_the_house() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.keeper(1).await;
        let pdf = Pdf { filling: 200_000, ..Pdf::saying("a") }.bytes();
        let id = w.accounts.add_document(&me, new("a", pdf)).await.unwrap();
        let raw = w.raw().await.remove(0);
        let whole = w.core.files.get(&raw.file).await.unwrap().unwrap();
        let look = async |w: &World| w.accounts.look_at_document(&me, id).await.unwrap().1;
        let mut changed = whole.clone();
        changed[100] ^= 1;
        for bad in [Vec::new(), whole[..1_000].to_vec(), changed] {
            w.core.files.put(&raw.file, bad).await.unwrap();
            assert!(matches!(look(&w).await, Content::Damaged));
        }
        // Damage further behind ends what is being read; nothing wrong is handed out.
        for bad in [whole[..150_000].to_vec(), [&whole[..150_000], &[0], &whole[150_001..]].concat()] {
            w.core.files.put(&raw.file, bad).await.unwrap();
            let Content::Ready(pieces) = look(&w).await else { panic!("the first piece is whole") };
            assert!(pieces.try_collect::<Vec<_>>().await.is_err());
        }
        w.core.files.delete(&raw.file).await.unwrap();
        assert!(matches!(look(&w).await, Content::Missing));
        assert!(!w.accounts.take_document(&me, id).await.unwrap().1.is_ready());
        assert_eq!(w.paper_acts(&me).await, ["document-added"], "what was not handed out was not taken");
        w.core.files.put(&raw.file, whole).await.unwrap();
        // Another house's key.
        let strange = w.turned(Keys::new(&[8; 32]));
        let line = strange.accounts.document(me.account, id).await.unwrap();
        assert_eq!((line.name, line.topic), (None, None));
        assert!(matches!(look(&strange).await, Content::Damaged));
        let unnamed = strange.accounts.rename_document(&me, id, "b", "land").await.unwrap_err();
        assert!(matches!(unnamed, Error::Shared(Shared::State)));
        // It is in the way and can be taken out; whoever reads it at this moment reads on.
        let Content::Ready(pieces) = look(&w).await else { panic!("it is whole again") };
        strange.accounts.remove_document(&me, id).await.unwrap();
        assert!(pieces.try_collect::<Vec<_>>().await.is_ok());
    })
    .await;
}

#[tokio::test]
async fn a15_turning_the_key_touches_rows_alone_and_every_paper_still_opens() {
    each_engine(async |db| {
        let before = world(&db).await;
        let me = before.keeper(1).await;
        let pdf = Pdf::saying("a").bytes();
        let id = before.accounts.add_document(&me, new("Sổ đỏ", pdf.clone())).await.unwrap();
        let raw = before.raw().await.remove(0);
        let file = before.core.files.get(&raw.file).await.unwrap();

        let w = before.turned(Keys::new(&MASTER).turned(&[0x5a; 32], None));
        assert!(turn::left(&w.core.store, &w.core.keys).await.unwrap() >= 1);
        assert_eq!(w.bytes(&me, id).await.unwrap(), pdf, "before its row is turned");
        let newer = w.accounts.add_document(&me, new("Sổ mới", pdf.clone())).await.unwrap();
        let mut walk = turn::Walk::default();
        while turn::step(&w.core, &mut walk).await.unwrap() {}
        assert_eq!((turn::left(&w.core.store, &w.core.keys).await.unwrap(), walk.broken), (0, 0));
        let after = w.raw().await.into_iter().find(|r| r.id == id).unwrap();
        assert!(after.sealed != raw.sealed && after.key_id == w.core.keys.turn());
        assert_eq!(w.core.files.get(&raw.file).await.unwrap(), file, "the file is as it was");

        // Without the key before.
        let alone = w.turned(Keys::new(&[1; 32]).turned(&[0x5a; 32], None));
        for id in [id, newer] {
            assert_eq!(alone.bytes(&me, id).await.unwrap(), pdf);
        }
        assert!(before.bytes(&me, id).await.is_none(), "the key before opens nothing any more");
    })
    .await;
}

#[tokio::test]
async fn a15_rows_that_no_key_opens_are_counted_and_hold_nothing_up() {
    each_engine(async |db| {
        let w = world(&db).await;
        let me = w.keeper(1).await;
        w.fill(me.account, 3, 1).await;
        let w = w.turned(Keys::new(&MASTER).turned(&[0x5a; 32], None));
        let mut walk = turn::Walk::default();
        let mut steps = 0;
        while turn::step(&w.core, &mut walk).await.unwrap() {
            steps += 1;
            assert!(steps < 10, "it walks in a circle");
        }
        assert_eq!(walk.broken, 3);
    })
    .await;
}

#[tokio::test]
async fn n6_nothing_is_kept_for_an_account_that_is_gone_meanwhile() {
    each_engine(async |db| {
        let w = world(&db).await;
        for (n, sql) in [
            (1, "UPDATE account SET deleted_at = 1, phone = NULL WHERE id = $1"),
            (2, "UPDATE account SET blocked_at = 1 WHERE id = $1"),
        ] {
            // The session was looked at before the file was read and drawn.
            let me = w.keeper(n).await;
            let account = me.account;
            w.write(sql, move |sql| sql.bind(account)).await;
            assert!(w.accounts.add_document(&me, new("a", Pdf::saying("a").bytes())).await.is_err(), "{sql}");
        }
        assert_eq!(count(&w.core, "SELECT count(*) FROM document").await, 0);
    })
    .await;
}
