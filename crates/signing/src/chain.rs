//! From a person's certificate to a configured root: names follow each other, each one signed the next, may do so, and is valid now.

use crate::{Authority, Refusal, certificate::Certificate};
use base::clock::Millis;

/// Authorities between a person and the root.
const DEEPEST: usize = 4;
/// Signatures looked at for one path: what came along was chosen by whoever sent it.
const MOST_TRIES: usize = 32;

/// From the person's certificate up to the root, both included, and whose root it is.
#[derive(Debug)]
pub struct Path<'a> {
    pub steps: Vec<Certificate>,
    pub authority: &'a Authority,
}

struct Search<'a> {
    authorities: &'a [Authority],
    came_along: &'a [Certificate],
    now: Millis,
    tries: usize,
    /// Why the way that came farthest failed.
    why: Option<(usize, Refusal)>,
}

/// Errors: `SelfSigned`, `UnknownIssuer`, `NotAuthority`, `NotYet`, `Expired`, `Usage`, `Critical`, `Weak`, `Algorithm`, `Signature`.
pub fn build<'a>(
    person: &Certificate,
    came_along: &'a [Certificate],
    authorities: &'a [Authority],
    now: Millis,
) -> Result<Path<'a>, Refusal> {
    let is_root = |a: &Authority| a.root.der == person.der;
    if person.is_self_issued() && !authorities.iter().any(is_root) {
        return Err(Refusal::SelfSigned);
    }
    let mut search = Search { authorities, came_along, now, tries: 0, why: None };
    let mut steps = vec![person.clone()];
    let Some(authority) = search.climb(&mut steps) else {
        return Err(search.why.map_or(Refusal::UnknownIssuer, |(_, why)| why));
    };
    person.may_sign()?;
    Ok(Path { steps, authority })
}

impl<'a> Search<'a> {
    fn failed(&mut self, height: usize, why: Refusal) {
        if self.why.is_none_or(|(best, _)| height > best) {
            self.why = Some((height, why));
        }
    }

    /// Goes on from the last step; the steps are as before when there is no way.
    fn climb(&mut self, steps: &mut Vec<Certificate>) -> Option<&'a Authority> {
        let last = steps.last()?.clone();
        let height = steps.len();
        if let Err(why) = last.valid_at(self.now).and_then(|()| last.understood()) {
            self.failed(height, why);
            return None;
        }
        let (authorities, came_along) = (self.authorities, self.came_along);
        for authority in authorities {
            if self.issued(&authority.root, &last, height) {
                match authority.root.valid_at(self.now) {
                    Ok(()) => {
                        steps.push(authority.root.clone());
                        return Some(authority);
                    }
                    Err(why) => self.failed(height + 1, why),
                }
            }
        }
        if height > DEEPEST {
            return None;
        }
        let configured = authorities.iter().flat_map(|a| &a.intermediates);
        for next in configured.chain(came_along) {
            let is_new = steps.iter().all(|step| step.key != next.key);
            if is_new && !next.is_self_issued() && self.issued(next, &last, height) {
                steps.push(next.clone());
                if let Some(authority) = self.climb(steps) {
                    return Some(authority);
                }
                steps.pop();
            }
        }
        None
    }

    fn issued(&mut self, issuer: &Certificate, certificate: &Certificate, height: usize) -> bool {
        if issuer.subject != certificate.issuer || self.tries == MOST_TRIES {
            return false;
        }
        self.tries += 1;
        // Authorities between this one and the person: all steps so far but the person's own.
        match issuer.signed(certificate).and_then(|()| issuer.may_issue(height - 1)) {
            Ok(()) => true,
            // Another key under the same name is another authority.
            Err(Refusal::Signature) => false,
            Err(why) => {
                self.failed(height, why);
                false
            }
        }
    }
}
