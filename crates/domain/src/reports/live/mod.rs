//! All public reports in memory (R10), for the map: as fresh as the question, on every node. A report is here the moment its
//! acceptance is committed, and gone the moment it is hidden. 32 bytes a report, the grid and the index of rows about 12 more.

mod clusters;
mod picture;
#[cfg(test)]
mod tests;

pub use clusters::{Count, Found, Spot};
use picture::{Picture, Row};

use super::{fresh::Turn, views::PublicFilter};
use crate::{core::Core, error::Error, packs::Bounds};
use base::geo::Point;
use std::sync::RwLock;
use store::Sql;

/// The map of all public reports.
#[derive(Default)]
pub struct Live {
    turn: Turn,
    picture: RwLock<Option<Picture>>,
    /// Who makes sums, one after the other: strangers choose of what.
    maker: tokio::sync::Mutex<()>,
}

/// Where the public sees a report: rounded to about ten metres, which finds a pothole and no doorbell.
pub fn public_point(point: Point) -> Point {
    let round = |v: f64| (v * 1e4).round() / 1e4;
    Point { lat: round(point.lat), lon: round(point.lon) }
}

/// Rows a statement when everything is read.
const PAGE: i64 = 5_000;
const COLUMNS: &str = "SELECT seq, code, category, commune, unit, lat, lon, open, created_at, public, hidden_why, duplicate_of FROM report";

const BROKEN: Error = Error::Internal("the map in memory is broken");

impl Live {
    /// Reads what changed since the last question; everything at the first.
    async fn bring_up(&self, core: &Core) -> Result<(), Error> {
        let read = async {
            if self.picture.read().map_err(|_| BROKEN)?.is_none() {
                let began = core.now();
                let mut whole = whole(core).await?;
                whole.mark.done(began);
                *self.picture.write().map_err(|_| BROKEN)? = Some(whole);
            }
            let now = core.now();
            let since = self.picture.read().map_err(|_| BROKEN)?.as_ref().ok_or(BROKEN)?.mark.since(now);
            let rows: Vec<Row> =
                Sql::new(format!("{COLUMNS} WHERE updated_at >= $1")).bind(since).all(core.store.read()).await?;
            if let Some(picture) = self.picture.write().map_err(|_| BROKEN)?.as_mut() {
                rows.iter().for_each(|row| picture.take(row));
                picture.mark.done(now);
            }
            Ok(())
        };
        self.turn.take(read).await
    }

    /// Answers from the picture of now. `ask` runs under a lock: it only looks and writes into memory.
    async fn with<T>(&self, core: &Core, ask: impl FnOnce(&Picture) -> T) -> Result<T, Error> {
        self.bring_up(core).await?;
        match self.picture.read().map_err(|_| BROKEN)?.as_ref() {
            Some(picture) => Ok(ask(picture)),
            None => Err(BROKEN),
        }
    }

    /// What a map of this box shows at this zoom: single reports, and numbers where many stand close. Also what names the
    /// answer: the same mark means the same answer.
    pub async fn clusters(
        &self,
        core: &Core,
        filter: &PublicFilter,
        bounds: &Bounds,
        zoom: u8,
        tell: impl FnMut(Spot<'_>),
    ) -> Result<Found, Error> {
        self.bring_up(core).await?;
        let zoom = clusters::fitting(bounds, zoom);
        // Small zooms are answered from sums that are kept; somebody has to make them first.
        self.prepare(filter, zoom).await?;
        match self.picture.read().map_err(|_| BROKEN)?.as_ref() {
            Some(picture) => Ok(picture.clusters(filter, bounds, zoom, tell)),
            None => Err(BROKEN),
        }
    }

    /// Makes the sums for a filter and zoom where they are missing, a part at a time: nobody else waits for a million reports.
    async fn prepare(&self, filter: &PublicFilter, zoom: u8) -> Result<(), Error> {
        if !self.picture.read().map_err(|_| BROKEN)?.as_ref().ok_or(BROKEN)?.lacks(filter, zoom) {
            return Ok(());
        }
        let _turn = self.maker.lock().await;
        while !self.picture.write().map_err(|_| BROKEN)?.as_mut().ok_or(BROKEN)?.prepare_some(filter, zoom) {
            tokio::task::yield_now().await;
        }
        Ok(())
    }

    /// Single reports in a box, at most `most`.
    pub async fn points(
        &self,
        core: &Core,
        filter: &PublicFilter,
        bounds: &Bounds,
        most: usize,
        tell: impl FnMut(Spot<'_>),
    ) -> Result<Found, Error> {
        self.with(core, |picture| picture.points(filter, bounds, most, tell)).await
    }

    /// How many reports each commune has; those without a point count too.
    pub async fn by_commune(&self, core: &Core, filter: &PublicFilter) -> Result<Vec<(String, Count)>, Error> {
        self.bring_up(core).await?;
        self.prepare(filter, clusters::COMMUNES).await?;
        match self.picture.read().map_err(|_| BROKEN)?.as_ref() {
            Some(picture) => Ok(picture.by_commune(filter)),
            None => Err(BROKEN),
        }
    }

    /// Changes whenever an answer might: for `ETag`.
    pub async fn generation(&self, core: &Core) -> Result<u64, Error> {
        self.with(core, |picture| picture.generation).await
    }
}

/// Reads all reports, a page at a time, so that memory holds the picture and not the rows.
async fn whole(core: &Core) -> Result<Picture, Error> {
    // A process that starts must not answer with the marks of an earlier one.
    let first = u64::from_le_bytes(core.entropy.bytes());
    let mut picture = Picture::new(&core.province().pack.province.map.bounds(), first);
    let mut last = 0i64;
    loop {
        let rows: Vec<Row> = Sql::new(format!("{COLUMNS} WHERE seq > $1 ORDER BY seq LIMIT $2"))
            .bind(last)
            .bind(PAGE)
            .all(core.store.read())
            .await?;
        rows.iter().for_each(|row| picture.take(row));
        match rows.last() {
            Some(row) if rows.len() as i64 == PAGE => last = row.seq,
            _ => break,
        }
        // SQLite answers on this thread: others get their turn between the pages.
        tokio::task::yield_now().await;
    }
    picture.settle();
    Ok(picture)
}
