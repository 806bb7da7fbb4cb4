//! What an operator's `command_status` means for a message (SMPP 3.4, section 5.1.3).

use std::time::Duration;

/// Not bound (any more): the session must start again.
pub(super) const NOT_BOUND: u32 = 0x04;
/// Answer to a request we do not know.
pub(super) const UNKNOWN_COMMAND: u32 = 0x03;

/// What to do with a submitted part.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Verdict {
    Accepted,
    /// Too fast: slow the whole bind down, then again.
    Throttled,
    /// Not now; again after this time.
    Later(Duration),
    /// Never.
    Refused,
}

pub(super) fn judge(status: u32) -> Verdict {
    match status {
        0x00 => Verdict::Accepted,
        // Both mean "slow down": operators use them for each other.
        0x14 | 0x58 => Verdict::Throttled,
        NOT_BOUND => Verdict::Later(Duration::from_secs(1)),
        // System error, temporary application error, service unavailable.
        0x08 | 0x64 | 0x102 => Verdict::Later(Duration::from_secs(60)),
        // "Submit failed" and "unknown error" say nothing; the outbox limits how often it asks again.
        0x45 | 0xFF => Verdict::Later(Duration::from_secs(300)),
        _ => Verdict::Refused,
    }
}

/// The standard's name of a status, for people who read the queue page.
pub fn status_name(status: u32) -> &'static str {
    match status {
        0x00 => "ESME_ROK",
        0x01 => "ESME_RINVMSGLEN",
        0x02 => "ESME_RINVCMDLEN",
        0x03 => "ESME_RINVCMDID",
        0x04 => "ESME_RINVBNDSTS",
        0x05 => "ESME_RALYBND",
        0x08 => "ESME_RSYSERR",
        0x0A => "ESME_RINVSRCADR",
        0x0B => "ESME_RINVDSTADR",
        0x0D => "ESME_RBINDFAIL",
        0x0E => "ESME_RINVPASWD",
        0x0F => "ESME_RINVSYSID",
        0x14 => "ESME_RMSGQFUL",
        0x15 => "ESME_RINVSERTYP",
        0x43 => "ESME_RINVESMCLASS",
        0x45 => "ESME_RSUBMITFAIL",
        0x48 => "ESME_RINVSRCTON",
        0x49 => "ESME_RINVSRCNPI",
        0x50 => "ESME_RINVDSTTON",
        0x51 => "ESME_RINVDSTNPI",
        0x53 => "ESME_RINVSYSTYP",
        0x58 => "ESME_RTHROTTLED",
        0x62 => "ESME_RINVEXPIRY",
        0x64 => "ESME_RX_T_APPN",
        0x65 => "ESME_RX_P_APPN",
        0x66 => "ESME_RX_R_APPN",
        0xC0 => "ESME_RINVOPTPARSTREAM",
        0xC1 => "ESME_ROPTPARNOTALLWD",
        0xFF => "ESME_RUNKNOWNERR",
        0x400.. => "operator-specific",
        _ => "other",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statuses_are_told_apart() {
        assert_eq!(judge(0), Verdict::Accepted);
        assert_eq!((judge(0x58), judge(0x14)), (Verdict::Throttled, Verdict::Throttled));
        assert!(matches!(judge(0x08), Verdict::Later(_)));
        assert_eq!((judge(0x0B), judge(0x400)), (Verdict::Refused, Verdict::Refused));
        assert_eq!((status_name(0x0E), status_name(0x401)), ("ESME_RINVPASWD", "operator-specific"));
    }
}
