//! «Tôi cũng gặp» (R5) on both engines: what is offered to who writes, and that the grid hides nothing.
#![allow(clippy::unwrap_used, reason = "a test may panic")]

use base::{geo::Point, ids::Uuid};
use domain::{
    core::Core,
    reports::{
        Command, Draft, Place, State, act_as_author, act_as_officer,
        follow::{follow, follows, unfollow},
        live::public_point,
        nearby::{MOST, nearby},
        rows, submit,
    },
    rights::{Officer, Role},
    testing,
};
use store::testing::each_engine;

/// In Phường Đồng Hới.
const HERE: Point = Point { lat: 17.4685, lon: 106.6222 };

/// So many metres to the north and to the east.
fn moved(north: f64, east: f64) -> Point {
    Point { lat: HERE.lat + north / 111_195.0, lon: HERE.lon + east / (111_195.0 * HERE.lat.to_radians().cos()) }
}

async fn sent(core: &Core, by: Uuid, category: &str, at: Point) -> String {
    let draft = Draft {
        content: "Ổ gà lớn trước trường".into(),
        category: category.into(),
        place: Place { point: Some(at), commune: None, address: String::new() },
        anonymous: true,
        ..Draft::default()
    };
    submit(core, by, &draft, Vec::new(), None, "test").await.unwrap().code.as_str().to_owned()
}

async fn staff(core: &Core, by: &Officer, code: &str, command: Command) {
    core.clock.advance(1000);
    let seen = rows::by_code(core.store.read(), code).await.unwrap().unwrap().version;
    act_as_officer(core, by, code, seen, command, vec![]).await.unwrap();
}

async fn accepted(core: &Core, by: Uuid, officer: &Officer, category: &str, at: Point) -> String {
    let code = sent(core, by, category, at).await;
    staff(core, officer, &code, Command::Accept { note: String::new() }).await;
    code
}

#[tokio::test]
async fn r5_open_public_reports_of_the_category_nearby_are_offered_nearest_first() {
    each_engine(async |db| {
        let core = testing::core(&db).await;
        let (me, other) = (testing::citizen(&core, 1).await, testing::citizen(&core, 2).await);
        let officer = testing::officer(&core, "Lê Thị Thử", "*", Role::ProvinceOperator).await;
        let near = |core: Core| async move { nearby(&core, me, "ha-tang", HERE).await.unwrap() };
        let far = accepted(&core, other, &officer, "ha-tang", moved(60.0, 60.0)).await;
        let close = accepted(&core, other, &officer, "ha-tang", moved(-20.0, 5.0)).await;
        accepted(&core, other, &officer, "ha-tang", moved(0.0, 110.0)).await; // outside 100 m
        accepted(&core, other, &officer, "dien", moved(1.0, 1.0)).await; // another kind
        sent(&core, other, "ha-tang", moved(2.0, 2.0)).await; // not public yet (R11)
        accepted(&core, me, &officer, "ha-tang", moved(3.0, 3.0)).await; // one's own
        let hidden = accepted(&core, other, &officer, "ha-tang", moved(4.0, 4.0)).await;
        staff(&core, &officer, &hidden, Command::Hide { reason: "có số điện thoại".into() }).await;
        let done = accepted(&core, other, &officer, "ha-tang", moved(5.0, 5.0)).await;
        act_as_author(&core, other, &done, Command::Withdraw { reason: String::new() }, vec![]).await.unwrap();

        let found = near(core.clone()).await;
        assert_eq!(found.iter().map(|n| n.code.as_str()).collect::<Vec<_>>(), [close.as_str(), far.as_str()]);
        assert!((20..=22).contains(&found[0].metres) && (84..=86).contains(&found[1].metres), "{found:?}");
        assert_eq!((found[0].state, found[0].followers, found[0].photo), (State::Accepted, 0, None));

        // Following is counted, told, and undone.
        assert_eq!(follow(&core, me, &close).await.unwrap().followers, 1);
        let id = rows::by_code(core.store.read(), &close).await.unwrap().unwrap().id;
        assert!(follows(core.store.read(), id, me).await.unwrap());
        assert_eq!(near(core.clone()).await[0].followers, 1);
        staff(&core, &officer, &close, Command::Resolve { text: "Đã vá.".into() }).await;
        let told = domain::notices::inbox(&core, me, None).await.unwrap();
        assert!(told.iter().any(|n| n.link.contains(&close)), "followers hear of the result");
        assert_eq!(unfollow(&core, me, &close).await.unwrap().followers, 0);
    })
    .await;
}

#[tokio::test]
async fn r5_the_grid_hides_nothing_that_the_metres_allow() {
    // Points all around, nearer and farther than the radius: what is found is exactly what is near, whatever the cells.
    let db = store::testing::sqlite().await;
    let core = testing::core(&db).await;
    let me = testing::citizen(&core, 0).await;
    let officer = testing::officer(&core, "Lê Thị Thử", "*", Role::ProvinceOperator).await;
    let mut all = Vec::new();
    for n in 1..=20u32 {
        let by = testing::citizen(&core, n).await;
        let angle = f64::from(n) * 0.7;
        let at = moved(f64::from(n) * 9.7 * angle.sin(), f64::from(n) * 9.7 * angle.cos());
        all.push((accepted(&core, by, &officer, "ha-tang", at).await, at));
    }
    for step in 0..40 {
        let from = moved(f64::from(step * 13 % 230) - 115.0, f64::from(step * 29 % 230) - 115.0);
        let found: Vec<String> =
            nearby(&core, me, "ha-tang", from).await.unwrap().into_iter().map(|n| n.code).collect();
        let mut right: Vec<(f64, &String)> =
            all.iter().map(|(code, at)| (public_point(*at).metres_to(&from), code)).collect();
        right.retain(|(metres, _)| *metres <= 100.0);
        right.sort_by(|a, b| a.0.total_cmp(&b.0));
        let right: Vec<&String> = right.into_iter().take(MOST).map(|(_, code)| code).collect();
        assert_eq!(found.iter().collect::<Vec<_>>(), right, "{from:?}");
    }
}

#[test]
fn r5_rings_of_cells_reach_as_far_as_they_must() {
    // From the worst places of a cell, its corners, everything within 150 m a ring is covered.
    let middle = h3o::LatLng::new(HERE.lat, HERE.lon).unwrap().to_cell(h3o::Resolution::Nine);
    for corner in middle.boundary().iter() {
        let from = Point { lat: corner.lat(), lon: corner.lng() };
        for rings in 1..=7u32 {
            let disk: Vec<h3o::CellIndex> = middle.grid_disk(rings);
            for degree in (0..360).step_by(3) {
                let (r, a) = (f64::from(rings) * 150.0, f64::from(degree).to_radians());
                let at = h3o::LatLng::new(
                    from.lat + r * a.sin() / 111_195.0,
                    from.lon + r * a.cos() / (111_195.0 * from.lat.to_radians().cos()),
                )
                .unwrap();
                assert!(disk.contains(&at.to_cell(h3o::Resolution::Nine)), "{rings} rings, {degree}°");
            }
        }
    }
}
