//! What holds for any bytes that somebody uploads as a signature, or that an authority's server answers. The fuzzer (`fuzz/`, `make fuzz`)
//! looks for bytes for which it does not; a test runs the seeds.

use crate::{
    Certificate, cms,
    revocation::List,
    subject,
    tlv::{self, OCTET_STRING},
};

type Property = fn(&[u8]);

/// By the name of its target.
pub const TARGETS: [(&str, Property); 1] = [("signature", signature)];

const NOW: i64 = 1_774_833_300_000;

/// Files, certificates and lists: whatever came, it is read or refused; what was made of open ends stays as it is when made once more; and
/// nothing is believed to be signed over a text that nobody gave out.
pub fn signature(data: &[u8]) {
    if let Ok(closed) = tlv::closed(data) {
        assert_eq!(tlv::closed(&closed), Ok(closed.clone()));
    }
    let _ = tlv::blocks(data);
    if let Ok(certificate) = Certificate::read(data) {
        assert_eq!(certificate.der, data);
        let (person, organization) = (subject::person(&certificate), subject::organization(&certificate));
        assert!(person.is_err() || organization.is_err(), "a certificate is one's");
        _ = (certificate.public_key(), certificate.lists(), certificate.responders());
        assert!(List::read(data, &certificate, "http://crl.example.vn/", NOW).is_err(), "a certificate is no list");
    }
    assert!(cms::verify(data, b"nobody gave this out \xff").is_err(), "nobody signed this");
    let wrapped = tlv::write(OCTET_STRING, data);
    assert_eq!(tlv::whole(&wrapped, OCTET_STRING).map(|item| item.value), Ok(data));
}

#[cfg(test)]
mod tests {
    #[test]
    fn n4_the_seeds_of_the_fuzzer_hold() {
        crate::replay::replay(&super::TARGETS);
    }
}
