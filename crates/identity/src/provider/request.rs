//! What a client asks for (OpenID Connect Core §3.1.2.1, RFC 7636, RFC 9126), checked as a whole before anything is kept.

use super::{Provider, clients::Client, keys::SIGNED_WITH, web::params::Params};
use crate::{error::Refusal, jws};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A checked request, as it is kept with the flow.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub(crate) struct Request {
    pub redirect_uri: String,
    pub scope: Vec<String>,
    pub state: Option<String>,
    pub nonce: Option<String>,
    pub challenge: String,
    pub prompt: Vec<Prompt>,
    /// Seconds.
    pub max_age: Option<i64>,
    pub acr: AcrWish,
    /// Names for userinfo and for the ID token.
    pub userinfo: Vec<WantedClaim>,
    pub id_token: Vec<WantedClaim>,
    pub login_hint: Option<String>,
    /// The person that the client believes to be here, by its own name for them.
    pub subject: Option<String>,
    /// The code is for the holder of this key only (RFC 9449 §10).
    pub jkt: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Prompt {
    None,
    Login,
    Consent,
    SelectAccount,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AcrWish {
    /// Levels of ours, in the client's order; unknown ones were left out.
    pub values: Vec<String>,
    /// Without one of them there is no answer but an error.
    pub essential: bool,
}

#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct WantedClaim {
    pub name: String,
    pub essential: bool,
}

/// Where errors may be sent: only known once the client and its address are proven.
#[derive(Debug, Clone)]
pub(crate) struct Return {
    pub redirect_uri: String,
    pub state: Option<String>,
}

const UNKNOWN_CLIENT: Refusal = Refusal::request("unknown client");
const WRONG_ADDRESS: Refusal = Refusal::request("the redirect address is not registered");

impl Provider {
    /// The client of a request. Errors are for a page of ours: nothing is proven yet.
    pub(crate) async fn request_client(&self, params: &Params) -> Result<Client, crate::error::Stop> {
        let id = params.required("client_id", "client_id is missing")?;
        Ok(self.client(id).await?.ok_or(UNKNOWN_CLIENT)?)
    }

    /// Compared letter by letter with what was registered. Errors are for a page of ours.
    pub(crate) fn request_return(&self, client: &Client, params: &Params) -> Result<Return, Refusal> {
        let uri = params.required("redirect_uri", "redirect_uri is missing")?;
        if !client.redirect_uris.iter().any(|own| own == uri) {
            return Err(WRONG_ADDRESS);
        }
        // A state sent twice is an error of its own, told without one.
        let state = params.one("state").ok().flatten().filter(|s| s.len() <= 2000).map(str::to_owned);
        Ok(Return { redirect_uri: uri.to_owned(), state })
    }

    /// Everything else. Errors may be sent to the client's address.
    pub(crate) async fn request(
        &self,
        client: &Client,
        back: &Return,
        params: &Params,
    ) -> Result<Request, crate::error::Stop> {
        match params.one("response_type")? {
            Some("code") => {}
            None => return Err(Refusal::request("response_type is missing").into()),
            Some(_) => return Err(Refusal::new("unsupported_response_type", "only code").into()),
        }
        for (name, code) in [
            ("request", "request_not_supported"),
            ("request_uri", "request_uri_not_supported"),
            ("registration", "registration_not_supported"),
        ] {
            if params.one(name)?.is_some() {
                return Err(Refusal::new(code, "not supported").into());
            }
        }
        if params.one("response_mode")?.is_some_and(|mode| mode != "query") {
            return Err(Refusal::request("response_mode: only query").into());
        }
        if params.one("state")?.is_some_and(|s| s.len() > 2000) || params.one("nonce")?.is_some_and(|n| n.len() > 500) {
            return Err(Refusal::request("state or nonce is too long").into());
        }
        let asked: Vec<&str> = params.one("scope")?.unwrap_or_default().split(' ').filter(|s| !s.is_empty()).collect();
        if !asked.contains(&"openid") {
            return Err(Refusal::new("invalid_scope", "the scope must contain openid").into());
        }
        let mut scope: Vec<String> = Vec::new();
        for name in asked {
            // What a client may not ask for is passed over, as unknown scopes are; the answer says what was granted.
            if self.settings.knows_scope(name)
                && client.scopes.iter().any(|s| s == name)
                && !scope.iter().any(|s| s == name)
            {
                scope.push(name.to_owned());
            }
        }
        let prompt = prompts(params.one("prompt")?)?;
        let claims = params.one("claims")?.map(wanted).transpose()?.unwrap_or_default();
        let acr_values = params.one("acr_values")?.unwrap_or_default().split(' ').map(str::to_owned).collect();
        let (acr_values, essential) = claims.acr.unwrap_or((acr_values, false));
        let acr = AcrWish {
            essential: essential && !acr_values.is_empty(),
            values: acr_values.into_iter().filter(|v| self.settings.rank(v).is_some()).collect(),
        };
        if acr.essential && acr.values.is_empty() {
            return Err(Refusal::new("unmet_authentication_requirements", "no such acr").into());
        }
        let subject = match params.one("id_token_hint")? {
            Some(hint) => Some(self.hinted(client, hint).await?),
            None => claims.sub,
        };
        let may =
            |wanted: &WantedClaim| self.settings.knows_claim(&wanted.name) && client.claims.contains(&wanted.name);
        let mut userinfo: Vec<WantedClaim> = claims.userinfo.into_iter().filter(may).collect();
        for name in scope.iter().flat_map(|s| self.settings.claims_of(s)) {
            let wanted = WantedClaim { name: (*name).to_owned(), essential: false };
            if may(&wanted) && !userinfo.iter().any(|w| w.name == *name) {
                userinfo.push(wanted);
            }
        }
        Ok(Request {
            redirect_uri: back.redirect_uri.clone(),
            state: back.state.clone(),
            nonce: params.one("nonce")?.map(str::to_owned),
            challenge: challenge(params)?,
            max_age: params.one("max_age")?.map(seconds).transpose()?,
            jkt: params.one("dpop_jkt")?.filter(|t| t.len() <= 100).map(str::to_owned),
            login_hint: params.one("login_hint")?.filter(|h| h.len() <= 200).map(str::to_owned),
            id_token: claims.id_token.into_iter().filter(may).collect(),
            scope,
            prompt,
            acr,
            userinfo,
            subject,
        })
    }

    /// The subject of an ID token that we gave to this client, however old.
    async fn hinted(&self, client: &Client, hint: &str) -> Result<String, crate::error::Stop> {
        let wrong = Refusal::request("id_token_hint is not a token of ours for this client");
        let claims = self.own_token(hint).await?.ok_or(wrong.clone())?;
        let is_for = claims.get("aud").and_then(Value::as_str) == Some(&client.id);
        let sub = claims.get("sub").and_then(Value::as_str).filter(|_| is_for);
        Ok(sub.ok_or(wrong)?.to_owned())
    }

    /// The claims of an ID token that we signed; its age does not matter.
    pub(crate) async fn own_token(
        &self,
        token: &str,
    ) -> Result<Option<serde_json::Map<String, Value>>, crate::error::Error> {
        let Ok(unverified) = jws::read(token) else { return Ok(None) };
        if unverified.typ.as_deref() != Some("JWT") {
            return Ok(None);
        }
        let keys = self.public_keys().await?;
        let claims = unverified.verify(&keys, &SIGNED_WITH).ok();
        Ok(claims.filter(|c| c.get("iss").and_then(Value::as_str) == Some(&self.settings.issuer)))
    }
}

/// PKCE is not optional, and `plain` is no protection (RFC 9700 §2.1.1).
pub(crate) fn challenge(params: &Params) -> Result<String, Refusal> {
    let challenge = params.required("code_challenge", "code_challenge is missing: PKCE is required")?;
    if params.one("code_challenge_method")? != Some("S256") {
        return Err(Refusal::request("code_challenge_method must be S256"));
    }
    // A SHA-256 digest in base64url has 43 characters.
    let fits =
        challenge.len() == 43 && challenge.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if fits { Ok(challenge.to_owned()) } else { Err(Refusal::request("code_challenge is not a SHA-256 digest")) }
}

pub(crate) fn prompts(text: Option<&str>) -> Result<Vec<Prompt>, Refusal> {
    let prompts: Vec<Prompt> = text
        .unwrap_or_default()
        .split(' ')
        .filter_map(|word| match word {
            "none" => Some(Prompt::None),
            "login" => Some(Prompt::Login),
            "consent" => Some(Prompt::Consent),
            "select_account" => Some(Prompt::SelectAccount),
            _ => None,
        })
        .collect();
    if prompts.contains(&Prompt::None) && prompts.len() > 1 {
        return Err(Refusal::request("prompt=none stands alone"));
    }
    Ok(prompts)
}

pub(crate) fn seconds(text: &str) -> Result<i64, Refusal> {
    let digits = !text.is_empty() && text.len() <= 10 && text.bytes().all(|b| b.is_ascii_digit());
    digits.then(|| text.parse().ok()).flatten().ok_or(Refusal::request("max_age is not a number of seconds"))
}

/// What the `claims` parameter asks for (OpenID Connect Core §5.5).
#[derive(Default)]
pub(crate) struct Wanted {
    pub userinfo: Vec<WantedClaim>,
    pub id_token: Vec<WantedClaim>,
    acr: Option<(Vec<String>, bool)>,
    sub: Option<String>,
}

pub(crate) fn wanted(text: &str) -> Result<Wanted, Refusal> {
    let wrong = Refusal::request("claims is not what OpenID Connect defines");
    if text.len() > 8 * 1024 {
        return Err(wrong);
    }
    let all: Value = serde_json::from_str(text).map_err(|_| wrong.clone())?;
    let all = all.as_object().ok_or(wrong.clone())?;
    let mut out = Wanted::default();
    for (place, into) in [("userinfo", &mut out.userinfo), ("id_token", &mut out.id_token)] {
        let Some(members) = all.get(place).filter(|v| !v.is_null()) else { continue };
        for (name, how) in members.as_object().ok_or(wrong.clone())? {
            if !how.is_null() && !how.is_object() {
                return Err(wrong);
            }
            let essential = how.get("essential").and_then(Value::as_bool).unwrap_or(false);
            let one = how.get("value").and_then(Value::as_str).map(str::to_owned);
            let values = match how.get("values").and_then(Value::as_array) {
                Some(several) => several.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                None => Vec::from_iter(one.clone()),
            };
            match name.as_str() {
                "acr" if place == "id_token" => out.acr = Some((values, essential)),
                "sub" => out.sub = out.sub.take().or(one),
                _ if into.len() < 60 => into.push(WantedClaim { name: name.clone(), essential }),
                _ => {}
            }
        }
    }
    Ok(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn n8_pkce_is_required_and_only_s256() {
        let digest = "a".repeat(43);
        let check = |text: String| challenge(&Params::parse(&text)).map_err(|r| r.code);
        assert_eq!(check(format!("code_challenge={digest}&code_challenge_method=S256")), Ok(digest.clone()));
        for bad in [
            String::new(),
            "code_challenge_method=S256".into(),
            format!("code_challenge={digest}"),
            format!("code_challenge={digest}&code_challenge_method=plain"),
            format!("code_challenge={digest}&code_challenge_method=s256"),
            format!("code_challenge={digest}x&code_challenge_method=S256"),
            format!("code_challenge={}&code_challenge_method=S256", "a".repeat(42) + "="),
            format!("code_challenge={digest}&code_challenge={digest}&code_challenge_method=S256"),
        ] {
            assert_eq!(check(bad.clone()), Err("invalid_request"), "{bad}");
        }
    }

    #[test]
    fn n8_prompt_none_stands_alone_and_unknown_words_are_passed_over() {
        assert_eq!(prompts(Some("login consent")), Ok(vec![Prompt::Login, Prompt::Consent]));
        assert_eq!(prompts(Some("create")), Ok(vec![]));
        assert!(prompts(Some("none login")).is_err());
    }

    #[test]
    fn n8_the_claims_parameter_is_read_or_refused() {
        let claims = wanted(
            r#"{"userinfo":{"name":{"essential":true},"email":null},
                "id_token":{"acr":{"essential":true,"values":["a","b"]},"sub":{"value":"x"},"auth_time":null}}"#,
        )
        .ok()
        .unwrap();
        assert_eq!(claims.userinfo.len(), 2);
        assert!(claims.userinfo.iter().any(|c| c.name == "name" && c.essential));
        assert_eq!(claims.acr, Some((vec!["a".into(), "b".into()], true)));
        assert_eq!(claims.sub.as_deref(), Some("x"));
        for bad in ["", "[]", "7", r#"{"userinfo":[]}"#, r#"{"id_token":{"name":true}}"#, "{"] {
            assert!(wanted(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn max_age_is_a_number_of_seconds() {
        assert_eq!(seconds("0"), Ok(0));
        for bad in ["", "-1", "1.5", "x", "99999999999"] {
            assert!(seconds(bad).is_err(), "{bad}");
        }
    }
}
