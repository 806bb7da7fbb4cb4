//! What holds for any question of a stranger. The fuzzer (`fuzz/`, `make fuzz`) looks for bytes for which it does not; a test runs
//! the seeds.

use super::{
    compare::{Compared, compare},
    soap,
};
use base::xml::{self, Limits};

type Property = fn(&[u8]);

/// By the name of its target.
pub const TARGETS: [(&str, Property); 1] = [("registry", registry)];

/// Whatever is understood is within its bounds, is not taken for signed, and is answered with an envelope that reads back and holds
/// the question's id.
pub fn registry(data: &[u8]) {
    let answer = match soap::read(data) {
        Ok(request) => {
            assert!(!request.is_signed_with(&[9; 32]));
            for field in [&request.request, &request.procedure, &request.officer, &request.asked.name] {
                assert!(field.len() <= 200 && !field.contains(char::is_control));
            }
            assert_eq!(compare(&request.asked, None), Compared::Unknown);
            let answer = soap::answer(&request.request, Compared::Unknown);
            let read = xml::read(answer.as_bytes(), Limits::MESSAGE);
            let id = read
                .ok()
                .and_then(|root| Some(root.children.first()?.children.first()?.children.first()?.text.clone()));
            assert_eq!(id.as_deref(), Some(request.request.as_str()));
            return;
        }
        Err(refusal) => soap::fault(refusal),
    };
    assert!(xml::read(answer.as_bytes(), Limits::MESSAGE).is_ok());
}

#[test]
fn x8_the_seeds_of_the_fuzzer_hold() {
    crate::replay::replay(&TARGETS);
}
