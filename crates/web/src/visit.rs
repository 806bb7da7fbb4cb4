//! Who visits: extractors that every handler starts from. `Visit` is anybody, `Citizen` is signed in, `Sender` may also be a
//! guest who proved a phone, `Desk` is staff with a second factor. `Form` and `UploadForm` read a body within limits and check the anti-forgery token.

use crate::{
    acting, cookies,
    error::Problem,
    forms::{self, Fields, Takes, Upload},
    page::{ActingFor, Page, Shown},
    state::Web,
};
use axum::{
    extract::{FromRequest, FromRequestParts, Request},
    http::{HeaderMap, header, request::Parts},
};
use base::{i18n::Lang, ids::Uuid};
use domain::{
    accounts::{
        Kind, Signed, Visitor,
        helping::{Author, Deed},
    },
    notices,
    rights::{Officer, Right},
};
use std::{
    net::{IpAddr, Ipv4Addr, SocketAddr},
    sync::Arc,
};

/// The visitor's address, found by a middleware.
#[derive(Debug, Clone, Copy)]
pub struct ClientAddress(pub IpAddr);

/// The language of this request when the address names it (`?lang=en`).
#[derive(Debug, Clone, Copy)]
pub struct AskedLang(pub Lang);

/// Anybody, signed in or not.
#[derive(Clone)]
pub struct Visit {
    pub page: Page,
    /// Who is signed in and acts for nobody else.
    pub citizen: Option<Arc<Signed>>,
    /// The session of a person for whom somebody acts (A19).
    pub acting: Option<Arc<Signed>>,
    /// Nobody is signed in, but a phone was proven (R3).
    pub guest: Option<Arc<Signed>>,
    pub visitor: Visitor,
    /// The browser's mark, when it has one already.
    pub mark: Option<String>,
    pub headers: HeaderMap,
}

impl Visit {
    /// Whose own reports these may be: of who is helped, else the citizen's, else the guest's.
    pub fn sender(&self) -> Option<&Arc<Signed>> {
        self.acting.as_ref().or(self.citizen.as_ref()).or(self.guest.as_ref())
    }

    /// Whose own reports may be opened here.
    pub fn sending(&self) -> Option<Uuid> {
        self.sender().filter(|s| acting::may(s, Deed::Open)).map(|s| s.account)
    }

    /// The account whose this is shown, where who helps may see it; a guest has none.
    pub fn reading(&self, deed: Deed) -> Option<&Arc<Signed>> {
        self.acting.as_ref().or(self.citizen.as_ref()).filter(|s| acting::may(s, deed))
    }

    /// Errors: `Acting`: this is for nobody who acts for another person.
    pub fn as_oneself(&self) -> Result<(), Problem> {
        if self.acting.is_some() { Err(Problem::Acting) } else { Ok(()) }
    }
}

pub fn wants_json(headers: &HeaderMap) -> bool {
    headers
        .get(header::ACCEPT)
        .and_then(|v| v.to_str().ok())
        .is_some_and(|a| a.contains("json") && !a.contains("text/html"))
}

pub fn language(web: &Web, parts: &Parts, preferred: Option<Lang>) -> Lang {
    let known = |tag: &str| Lang::parse(tag).filter(|l| web.core.texts.languages().contains(l));
    if let Some(AskedLang(lang)) = parts.extensions.get::<AskedLang>() {
        return *lang;
    }
    if let Some(lang) = cookies::get(web, &parts.headers, cookies::LANGUAGE).and_then(|v| known(&v)) {
        return lang;
    }
    if let Some(lang) = preferred.filter(|l| web.core.texts.languages().contains(l)) {
        return lang;
    }
    let accepts = parts.headers.get(header::ACCEPT_LANGUAGE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    accepts
        .split(',')
        .take(10)
        .filter_map(|part| part.split([';', '-']).next())
        .find_map(|tag| known(&tag.trim().to_lowercase()))
        .unwrap_or(Lang::VI)
}

fn visitor(web: &Web, parts: &Parts) -> (Visitor, Option<String>) {
    let address = parts.extensions.get::<ClientAddress>().map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |a| a.0);
    let agent = parts.headers.get(header::USER_AGENT).and_then(|v| v.to_str().ok()).unwrap_or_default();
    let mark = cookies::get(web, &parts.headers, cookies::MARK);
    (Visitor::new(address, mark.clone(), agent), mark)
}

fn page(web: &Web, parts: &Parts, signed: Option<&Signed>, lang: Lang, unread: i64) -> Page {
    let size = cookies::get(web, &parts.headers, cookies::TEXT_SIZE).and_then(|s| s.parse().ok());
    let size = size.or(signed.map(|s| s.text_size as u16)).filter(|s| matches!(s, 100 | 125 | 150)).unwrap_or(100);
    let flash = cookies::get(web, &parts.headers, cookies::FLASH)
        .filter(|key| key.starts_with("flash-") && web.core.texts.has(Lang::VI, key));
    Page {
        l: web.core.speaker(lang),
        province: web.core.province(),
        now: web.core.now(),
        demo: web.core.settings.demo,
        inbox: web.http.sandbox_inbox.clone(),
        tab: "",
        who: signed.filter(|s| s.kind != Kind::Guest).map(|_| Shown { unread }),
        guest: signed.is_some_and(|s| s.kind == Kind::Guest),
        acting: signed.filter(|s| s.acting.is_some()).map(|s| ActingFor {
            name: s.name.clone(),
            at_desk: s.acting.as_ref().is_some_and(|acting| acting.unit.is_some()),
        }),
        behalf: signed.and_then(|s| s.behalf.clone()),
        csrf: signed.map_or_else(String::new, |s| web.accounts.csrf_token(s.session.as_bytes())),
        owner: signed.map_or_else(String::new, |s| owner_mark(web, s)),
        text_size: size,
        path: parts.uri.path_and_query().map_or_else(|| "/".into(), |p| p.as_str().to_owned()),
        flash,
        tiles: web.http.tiles.clone(),
    }
}

/// Who helps is another owner than either of the two: what a phone keeps for one never goes out as the other's (A19).
fn owner_mark(web: &Web, signed: &Signed) -> String {
    match &signed.acting {
        None if signed.kind == Kind::Guest => guest_mark(web, signed.account),
        acting => {
            let organization = signed.behalf.as_ref().map(|behalf| behalf.code());
            mark_of(web, &signed.account, acting.as_ref().map(|a| a.mandate).as_ref(), organization)
        }
    }
}

/// A guest's: the same each time the same phone is proven, as long as it counts as the same person's (R3). The scripts know it for a
/// guest's by how it begins: what it needs is a code and no password.
pub(crate) fn guest_mark(web: &Web, guest: Uuid) -> String {
    format!("g.{}", mark_of(web, &guest, None, None))
}

fn mark_of(web: &Web, account: &Uuid, mandate: Option<&Uuid>, organization: Option<&str>) -> String {
    use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
    let mut parts: Vec<&[u8]> = vec![b"outbox-owner", account.as_bytes()];
    parts.extend(mandate.map(|id| id.as_bytes().as_slice()));
    // What was written for an organisation never goes out in the person's own name, nor the other way round (A11).
    parts.extend(organization.map(str::as_bytes));
    let mark = web.core.keys.hash(base::keys::Purpose::Link, &parts);
    URL_SAFE_NO_PAD.encode(&mark[..12])
}

/// The session of a cookie or, for programs, of `Authorization: Bearer`.
async fn signed(web: &Web, headers: &HeaderMap, kind: Kind) -> Result<Option<Arc<Signed>>, Problem> {
    let cookie = match kind {
        Kind::Citizen => cookies::CITIZEN,
        Kind::Staff => cookies::STAFF,
        Kind::Guest => cookies::GUEST,
        Kind::Helper => cookies::HELPER,
    };
    // No program acts as a guest or for another person.
    let by_program = matches!(kind, Kind::Citizen | Kind::Staff);
    let named = bearer(headers).filter(|_| by_program).map(str::to_owned);
    let Some(token) = named.or_else(|| cookies::get(web, headers, cookie)) else { return Ok(None) };
    let found = web.accounts.session(&token).await.map_err(|e| Problem::from_accounts(e, web.core.now()))?;
    Ok(found.filter(|s| s.kind == kind))
}

/// The session in which somebody acts for another person, in this browser, now, and their own: this citizen's, or that of an officer who still
/// may do this.
async fn acting_for(
    web: &Web,
    headers: &HeaderMap,
    citizen: Option<&Arc<Signed>>,
) -> Result<Option<(Arc<Signed>, Arc<Signed>)>, Problem> {
    if bearer(headers).is_some() {
        return Ok(None);
    }
    let Some(found) = signed(web, headers, Kind::Helper).await? else { return Ok(None) };
    let Some(acting) = &found.acting else { return Ok(None) };
    let own = match &acting.unit {
        None => citizen.cloned(),
        Some(_) => {
            let staff = signed(web, headers, Kind::Staff).await?;
            staff.filter(|s| s.officer().is_some_and(|officer| officer.has(Right::ReportIntake)))
        }
    };
    let own = own.filter(|own| own.session == acting.session);
    Ok(own.map(|own| (found, own)))
}

/// The session that a program names itself. Whatever else stands in `Authorization` names none, and the cookie counts.
fn bearer(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}

impl FromRequestParts<Web> for Visit {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let own = signed(web, &parts.headers, Kind::Citizen).await?;
        let (acting, helper) = acting_for(web, &parts.headers, own.as_ref()).await?.unzip();
        let citizen = own.filter(|_| acting.is_none());
        let guest = match (&acting, &citizen) {
            (None, None) => signed(web, &parts.headers, Kind::Guest).await?,
            _ => None,
        };
        let who = acting.as_ref().or(citizen.as_ref()).or(guest.as_ref());
        // In the language of who reads.
        let lang = language(web, parts, helper.as_ref().or(who).map(|c| c.language));
        let reader = acting.as_ref().or(citizen.as_ref()).filter(|s| acting::may(s, Deed::Inbox));
        let unread = match reader {
            Some(c) => notices::unread(web.core.store.read(), c.account)
                .await
                .map_err(|e| Problem::from_domain(e.into(), web.core.now()))?,
            None => 0,
        };
        let (visitor, mark) = visitor(web, parts);
        let page = page(web, parts, who.map(Arc::as_ref), lang, unread);
        Ok(Self { page, citizen, acting, guest, visitor, mark, headers: parts.headers.clone() })
    }
}

/// The page of a visitor of whom nothing is looked up: for errors while the database is away.
pub fn stranger(web: &Web, parts: &Parts) -> Page {
    page(web, parts, None, language(web, parts, None), 0)
}

/// A signed-in citizen; others are led to sign in.
#[derive(Clone)]
pub struct Citizen {
    pub visit: Visit,
    pub signed: Arc<Signed>,
}

impl FromRequestParts<Web> for Citizen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, web).await?;
        visit.as_oneself()?;
        let signed = visit.citizen.clone().ok_or(Problem::SignIn)?;
        Ok(Self { visit, signed })
    }
}

/// Anybody, but nobody who acts for another person: for doors.
pub struct Alone(pub Visit);

impl FromRequestParts<Web> for Alone {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, web).await?;
        visit.as_oneself()?;
        Ok(Self(visit))
    }
}

/// Who reads an account's own pages that somebody who helps may see, too: those of the table in `acting` and no others.
#[derive(Clone)]
pub struct Owner {
    pub visit: Visit,
    pub signed: Arc<Signed>,
}

impl FromRequestParts<Web> for Owner {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, web).await?;
        if let Some(signed) = &visit.acting {
            acting::may_open(parts, signed)?;
        }
        let signed = visit.acting.as_ref().or(visit.citizen.as_ref()).cloned().ok_or(Problem::SignIn)?;
        Ok(Self { visit, signed })
    }
}

/// Who sends a report or goes on with the own one: a citizen, a guest (R3), or who helps a person (A19). What a guest may do with it, the
/// table of states says, and what who helps, the one in `acting`; the pages of an account ask for a `Citizen`.
#[derive(Clone)]
pub struct Sender {
    pub visit: Visit,
    pub signed: Arc<Signed>,
}

impl Sender {
    /// Who sends has no account, whoever writes it down.
    pub fn is_guest(&self) -> bool {
        self.signed.kind == Kind::Guest || self.signed.acting.as_ref().is_some_and(|acting| acting.guest)
    }

    /// For whom it is sent, and who does it for them.
    pub fn author(&self) -> Author {
        Author::from(&*self.signed)
    }
}

impl FromRequestParts<Web> for Sender {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let visit = Visit::from_request_parts(parts, web).await?;
        if let Some(signed) = &visit.acting {
            acting::may_open(parts, signed)?;
        }
        let signed = visit.sender().cloned().ok_or(Problem::SignIn)?;
        Ok(Self { visit, signed })
    }
}

/// The session alone, for the API: no page, no badge, one look-up.
pub struct ApiCitizen(pub Arc<Signed>);

impl FromRequestParts<Web> for ApiCitizen {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let own = signed(web, &parts.headers, Kind::Citizen).await?;
        match acting_for(web, &parts.headers, own.as_ref()).await? {
            Some(_) => Err(Problem::Acting),
            None => own.map(Self).ok_or(Problem::SignIn),
        }
    }
}

/// The session that a script of this browser works in: the citizen's own, or the one in which somebody acts.
async fn scripting(web: &Web, parts: &Parts) -> Result<Option<Arc<Signed>>, Problem> {
    let own = signed(web, &parts.headers, Kind::Citizen).await?;
    let Some((helped, _)) = acting_for(web, &parts.headers, own.as_ref()).await? else { return Ok(own) };
    acting::may_open(parts, &helped)?;
    Ok(Some(helped))
}

/// A citizen, who helps one, or a guest, whose script or program changes something; the body is left to the handler. A script sends the
/// anti-forgery token as a header; a program that names its session itself needs none, because no browser adds it unasked.
pub struct ScriptedSender(pub Arc<Signed>);

impl FromRequestParts<Web> for ScriptedSender {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let found = match scripting(web, parts).await? {
            Some(found) => found,
            None => signed(web, &parts.headers, Kind::Guest).await?.ok_or(Problem::SignIn)?,
        };
        scripted(web, &parts.headers, found).map(Self)
    }
}

fn scripted(web: &Web, headers: &HeaderMap, found: Arc<Signed>) -> Result<Arc<Signed>, Problem> {
    let token = token_header(headers).unwrap_or_default();
    let by_program = bearer(headers).is_some() && found.kind == Kind::Citizen;
    if by_program || web.accounts.csrf_matches(found.session.as_bytes(), &token) {
        Ok(found)
    } else {
        Err(Problem::Expired)
    }
}

/// An officer's session alone, for the API.
pub struct ApiOfficer(pub Officer);

impl FromRequestParts<Web> for ApiOfficer {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let signed = signed(web, &parts.headers, Kind::Staff).await?.ok_or(Problem::SignIn)?;
        let officer = signed.officer().ok_or(Problem::Duty)?;
        if officer.has(Right::Console) { Ok(Self(officer)) } else { Err(Problem::Forbidden) }
    }
}

/// Staff at the console: signed in with a second factor.
#[derive(Clone)]
pub struct Desk {
    pub page: Page,
    pub signed: Arc<Signed>,
    pub officer: Officer,
    pub visitor: Visitor,
    pub headers: HeaderMap,
}

impl FromRequestParts<Web> for Desk {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        // The guard of the route has looked already.
        if let Some(desk) = parts.extensions.get::<Self>() {
            return Ok(desk.clone());
        }
        let entrance = Entrance::from_request_parts(parts, web).await?;
        let signed = entrance.signed.ok_or(Problem::SignIn)?;
        let officer = signed.officer().ok_or(Problem::Duty)?;
        if !officer.has(Right::Console) {
            return Err(Problem::Forbidden);
        }
        let Entrance { page, visitor, .. } = entrance;
        Ok(Self { page, signed, officer, visitor, headers: parts.headers.clone() })
    }
}

/// The staff console's door: maybe signed in, maybe still owing a second factor or a new password.
#[derive(Clone)]
pub struct Entrance {
    pub page: Page,
    pub signed: Option<Arc<Signed>>,
    pub visitor: Visitor,
    pub mark: Option<String>,
    pub headers: HeaderMap,
}

impl FromRequestParts<Web> for Entrance {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, web: &Web) -> Result<Self, Problem> {
        let signed = signed(web, &parts.headers, Kind::Staff).await?;
        let lang = language(web, parts, signed.as_ref().map(|c| c.language));
        let (visitor, mark) = visitor(web, parts);
        let page = page(web, parts, signed.as_deref(), lang, 0);
        Ok(Self { page, signed, visitor, mark, headers: parts.headers.clone() })
    }
}

/// Whoever may post a form: knows the token that its page carried.
pub trait Poster: Sized {
    fn session(&self) -> Option<&Signed>;
}

impl Poster for Visit {
    fn session(&self) -> Option<&Signed> {
        self.sender().map(Arc::as_ref)
    }
}
impl Poster for Alone {
    fn session(&self) -> Option<&Signed> {
        self.0.session()
    }
}
impl Poster for Sender {
    fn session(&self) -> Option<&Signed> {
        Some(&self.signed)
    }
}
impl Poster for Citizen {
    fn session(&self) -> Option<&Signed> {
        Some(&self.signed)
    }
}
impl Poster for Desk {
    fn session(&self) -> Option<&Signed> {
        Some(&self.signed)
    }
}
impl Poster for Entrance {
    fn session(&self) -> Option<&Signed> {
        self.signed.as_deref()
    }
}

fn check_token(web: &Web, poster: &impl Poster, header: Option<&str>, field: &str) -> Result<(), Problem> {
    let Some(signed) = poster.session() else { return Ok(()) }; // no session, nothing to forge; see `headers::same_origin`
    let token = header.unwrap_or(field);
    if web.accounts.csrf_matches(signed.session.as_bytes(), token) { Ok(()) } else { Err(Problem::Expired) }
}

fn token_header(headers: &HeaderMap) -> Option<String> {
    headers.get("x-csrf-token").and_then(|v| v.to_str().ok()).map(str::to_owned)
}

/// A plain form of a visitor `V`, with its token checked.
pub struct Form<V> {
    pub by: V,
    pub fields: Fields,
}

impl<V> FromRequest<Web> for Form<V>
where
    V: FromRequestParts<Web, Rejection = Problem> + Poster + Send,
{
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let by = V::from_request_parts(&mut parts, web).await?;
        let header = token_header(&parts.headers);
        let fields = forms::read(Request::from_parts(parts, body)).await?;
        check_token(web, &by, header.as_deref(), fields.get("csrf"))?;
        Ok(Self { by, fields })
    }
}

/// A form with files, one of which may be a video.
pub struct VideoForm<V>(pub UploadForm<V>);

impl<V> FromRequest<Web> for VideoForm<V>
where
    V: FromRequestParts<Web, Rejection = Problem> + Poster + Send,
{
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        UploadForm::read(request, web, Takes::Video).await.map(Self)
    }
}

/// A form with files.
pub struct UploadForm<V> {
    pub by: V,
    pub upload: Upload,
}

impl<V> FromRequest<Web> for UploadForm<V>
where
    V: FromRequestParts<Web, Rejection = Problem> + Poster + Send,
{
    type Rejection = Problem;

    async fn from_request(request: Request, web: &Web) -> Result<Self, Problem> {
        Self::read(request, web, Takes::Files).await
    }
}

impl<V> UploadForm<V>
where
    V: FromRequestParts<Web, Rejection = Problem> + Poster + Send,
{
    async fn read(request: Request, web: &Web, takes: Takes) -> Result<Self, Problem> {
        let (mut parts, body) = request.into_parts();
        let by = V::from_request_parts(&mut parts, web).await?;
        let header = token_header(&parts.headers);
        let upload = forms::read_upload(Request::from_parts(parts, body), takes).await?;
        check_token(web, &by, header.as_deref(), upload.fields.get("csrf"))?;
        Ok(Self { by, upload })
    }
}

/// Finds the visitor's address: the connection's, or what a trusted proxy says.
pub fn client_address(web: &Web, headers: &HeaderMap, peer: Option<SocketAddr>) -> ClientAddress {
    let peer = peer.map_or(IpAddr::V4(Ipv4Addr::LOCALHOST), |p| p.ip().to_canonical());
    if !web.http.trusted_proxies.contains(&peer) {
        return ClientAddress(peer);
    }
    // From the right: the first address that no trusted proxy wrote is the visitor's.
    let said = headers.get("x-forwarded-for").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let visitor = said
        .rsplit(',')
        .filter_map(|a| a.trim().parse::<IpAddr>().ok())
        .find(|a| !web.http.trusted_proxies.contains(a));
    ClientAddress(visitor.unwrap_or(peer))
}
