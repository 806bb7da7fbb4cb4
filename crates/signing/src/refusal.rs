/// Why a signature is not believed. Each has a sentence for people (`key`) that says what to do now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    #[error("larger than anything that is read")]
    TooBig,
    #[error("not a signature file")]
    Unreadable,
    #[error("not exactly one signer")]
    Signers,
    #[error("the signer's certificate is not in it")]
    NoCertificate,
    #[error("another text was signed")]
    OtherText,
    #[error("its signed attributes are not what they must be")]
    Attributes,
    #[error("the signature is not that key's")]
    Signature,
    #[error("a key or digest that is too weak today")]
    Weak,
    #[error("an algorithm that is not taken")]
    Algorithm,
    #[error("a certificate is not valid yet")]
    NotYet,
    #[error("a certificate is expired")]
    Expired,
    #[error("the certificate was issued by its own key")]
    SelfSigned,
    #[error("no configured authority stands behind the certificate")]
    UnknownIssuer,
    #[error("one in the chain may not issue certificates")]
    NotAuthority,
    #[error("the certificate is not for signing by a person")]
    Usage,
    #[error("the certificate says something critical that is not known here")]
    Critical,
    #[error("the certificate is revoked")]
    Revoked,
    #[error("whether the certificate is revoked cannot be learned now")]
    Unchecked,
    #[error("the certificate does not name a person by personal number")]
    NoPerson,
    #[error("the certificate names a person by a number of nine digits")]
    OldNumber,
    #[error("the certificate is an organisation's")]
    Organisation,
    #[error("the certificate is a person's")]
    Person,
    #[error("the certificate is a household business's, which is a person")]
    Household,
    #[error("the certificate does not name one organisation by its code")]
    NoOrganisation,
}

impl Refusal {
    pub const ALL: [Self; 24] = [
        Self::TooBig,
        Self::Unreadable,
        Self::Signers,
        Self::NoCertificate,
        Self::OtherText,
        Self::Attributes,
        Self::Signature,
        Self::Weak,
        Self::Algorithm,
        Self::NotYet,
        Self::Expired,
        Self::SelfSigned,
        Self::UnknownIssuer,
        Self::NotAuthority,
        Self::Usage,
        Self::Critical,
        Self::Revoked,
        Self::Unchecked,
        Self::NoPerson,
        Self::OldNumber,
        Self::Organisation,
        Self::Person,
        Self::Household,
        Self::NoOrganisation,
    ];

    /// The key of its sentence.
    pub fn key(self) -> &'static str {
        match self {
            Self::TooBig => "sign-too-big",
            Self::Unreadable | Self::Signers | Self::Attributes => "sign-unreadable",
            Self::NoCertificate => "sign-no-certificate",
            Self::OtherText => "sign-other-text",
            Self::Signature => "sign-broken",
            Self::Weak | Self::Algorithm => "sign-weak",
            Self::NotYet => "sign-not-yet",
            Self::Expired => "sign-expired",
            Self::SelfSigned | Self::UnknownIssuer | Self::NotAuthority => "sign-unknown-issuer",
            Self::Usage | Self::Critical => "sign-usage",
            Self::Revoked => "sign-revoked",
            Self::Unchecked => "sign-unchecked",
            Self::NoPerson => "sign-no-person",
            Self::OldNumber => "sign-old-number",
            Self::Organisation => "sign-organisation",
            Self::Person => "sign-person",
            Self::Household => "sign-household",
            Self::NoOrganisation => "sign-no-organisation",
        }
    }
}
