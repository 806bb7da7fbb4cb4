//! The population registry in tests: it answers what the test wants.

use domain::accounts::verify::registry::{Compared, Question, Registry, Unanswered, Verdict};
use std::sync::Mutex;

pub const FITS: Verdict = Verdict::Match;

pub struct Fake(Mutex<Result<Compared, Unanswered>>);

#[async_trait::async_trait]
impl Registry for Fake {
    async fn compare(&self, _: &Question) -> Result<Compared, Unanswered> {
        self.0.lock().unwrap().clone()
    }
}

/// Everything fits.
impl Default for Fake {
    fn default() -> Self {
        Self(Mutex::new(known(FITS, FITS, FITS)))
    }
}

impl Fake {
    pub fn says(&self, answer: Result<Compared, Unanswered>) {
        *self.0.lock().unwrap() = answer;
    }
}

pub fn known(full_name: Verdict, birth_date: Verdict, sex: Verdict) -> Result<Compared, Unanswered> {
    Ok(Compared::Known { full_name, birth_date, sex })
}
