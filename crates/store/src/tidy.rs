//! What SQLite leaves to its owner between the work, and PostgreSQL does by itself.

use crate::{Engine, Error, Read, Sql, Store, Tx};

/// Pages of the search index that one step may write: some milliseconds of the writer's time.
const STEP: i64 = 16;

impl Store {
    /// Joins parts of the search index, one small step; false when there is nothing to join. Every change of a report adds to the
    /// index in a part of its own, and a question walks all parts: joined, frequent words are found five times as quickly.
    pub async fn tidy_search(&self) -> Result<bool, Error> {
        if self.engine() == Engine::Postgres {
            return Ok(false);
        }
        self.write(|tx: Tx| async move {
            let changes = async || Sql::new("SELECT total_changes()").scalar::<i64>(&tx).await;
            let before = changes().await?;
            Sql::new(format!("INSERT INTO report_search (report_search, rank) VALUES ('merge', {STEP})"))
                .exec(&tx)
                .await?;
            // The request itself counts as one.
            Ok::<_, Error>(changes().await? > before.map(|n| n + 1))
        })
        .await
    }

    /// Gives back the memory that heavy work took for pages of the database; what is needed is read again.
    pub async fn ease(&self) -> Result<(), Error> {
        let Read::Sqlite(readers) = self.read() else { return Ok(()) };
        readers.close();
        self.write(|tx: Tx| async move { Sql::new("PRAGMA shrink_memory").exec(&tx).await.map(|_| ()) }).await
    }
}

#[cfg(test)]
mod tests {
    use crate::{ConnectionTrait as _, Error, Sql, Tx, testing};

    async fn parts(store: &crate::Store) -> i64 {
        // A part of the index has a row of its own for each of its pages; the number of the part stands above the page's.
        let sql = "SELECT count(DISTINCT id >> 37) FROM report_search_data WHERE id > 10";
        Sql::new(sql).scalar(store.read()).await.unwrap().unwrap()
    }

    #[tokio::test]
    async fn the_search_index_is_joined_step_by_step_and_finds_the_same() {
        let store = testing::sqlite().await;
        for n in 0..60 {
            store
                .write(move |tx: Tx| async move {
                    let sql = format!("INSERT INTO report_search (rowid, folded) VALUES ({n}, 'o ga giua duong {n}')");
                    tx.execute_unprepared(&sql).await
                })
                .await
                .unwrap();
        }
        let found = async || {
            let sql = "SELECT rowid FROM report_search WHERE report_search MATCH 'duong' ORDER BY rowid";
            Sql::new(sql).scalars::<i64>(store.read()).await.unwrap()
        };
        let (before, scattered) = (found().await, parts(&store).await);
        assert_eq!(before.len(), 60);
        assert!(scattered > 2, "{scattered}");
        let mut steps = 0;
        while store.tidy_search().await.unwrap() {
            steps += 1;
            assert!(steps < 100, "it never ends");
        }
        assert!(parts(&store).await < scattered, "{} parts of {scattered}", parts(&store).await);
        assert_eq!(found().await, before);
        assert!(!store.tidy_search().await.unwrap(), "nothing is left to do");
    }

    #[tokio::test]
    async fn what_gave_its_memory_back_reads_and_writes_on() {
        testing::each_engine(async |store| {
            store.ease().await.unwrap();
            store
                .write(|tx: Tx| async move {
                    Sql::new("INSERT INTO setting (key, value, updated_at) VALUES ('a', 'b', 1)").exec(&tx).await
                })
                .await
                .unwrap();
            let value: Result<Option<String>, Error> =
                Sql::new("SELECT value FROM setting WHERE key = 'a'").scalar(store.read()).await;
            assert_eq!(value.unwrap().as_deref(), Some("b"));
        })
        .await;
    }
}
