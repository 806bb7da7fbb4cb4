//! `congdanso demo`: two provinces, the national portal, the sandbox, its VNeID and its population registry in one process, with invented
//! people.
#![expect(clippy::print_stdout, reason = "the demo tells where to go")]

use crate::{
    authorities::Addresses,
    config::{read_master_key, write_master_key},
    demo,
    files::Place,
    node::{self, Node, Plan},
    serve,
};
use anyhow::{Context, bail};
use base::{
    clock::{Clock, DAY, Entropy, Millis},
    keys::Keys,
};
use domain::{accounts::Accounts, core::Settings};
use gateways::sms::smpp::SmppConfig;
use metrics_exporter_prometheus::PrometheusHandle;
use sandbox::{
    Sandbox, SandboxOptions,
    smsc::{Account, SmscOptions},
};
use std::path::{Path, PathBuf};
use tokio::net::TcpListener;
use web::HttpSettings;

#[derive(clap::Args)]
pub struct DemoArgs {
    /// Where the demo keeps its data.
    #[arg(long, default_value = "data/demo")]
    data: PathBuf,
    /// The first province's port; the second is +1, the national portal +2, the VNeID sandbox +3, the sandbox of phones +4, of the
    /// population registry +5, of USB tokens +6, of a bank +7, the system to try the tiles with +8, of a
    /// payment gateway +9.
    #[arg(long, default_value_t = 8080)]
    port_base: u16,
    /// Forget what the demo kept and begin anew.
    #[arg(long)]
    fresh: bool,
    /// The folder of the province packs.
    #[arg(long, default_value = "packs", env = "CONGDANSO_PACKS")]
    packs: PathBuf,
    /// Connects a system of one's own to the demo's national portal and tells its secret; the file is that of `congdanso client --file`.
    #[arg(long)]
    client: Vec<PathBuf>,
}

/// The provinces of the demo: pack, reports to invent. A pack's name is data here: any folder of `packs` can be shown.
const SHOWN: [(&str, usize); 2] = [("quang-tri", 160), ("cao-bang", 90)];
/// The port of the system that the tiles are tried with, from the first one on.
const OFFICE_PORT: u16 = 8;
/// The port of the payment gateway.
const TILL_PORT: u16 = 9;
/// The pack of the national portal.
const NATIONAL: &str = "national";
/// How far back the invented past reaches.
const PAST: Millis = 76 * DAY;
/// Marks a folder as ours, so that `--fresh` never deletes anything else.
const MARK: &str = "congdanso-demo";

pub async fn run(args: DemoArgs) -> anyhow::Result<()> {
    prepare_folder(&args.data, args.fresh)?;
    let stop = serve::stop_signal();
    let metrics = super::metrics()?;
    let packs = find_packs(&args.packs)?;

    let inbox = format!("http://localhost:{}", args.port_base + 4);
    let smpp = TcpListener::bind(("127.0.0.1", 0)).await?;
    let smpp_port = smpp.local_addr()?.port();
    let named = SHOWN.iter().map(|(name, _)| *name).chain([NATIONAL]);
    let accounts = named.map(|name| Account { system_id: smsc_name(name), password: "sandbox".into() }).collect();
    let sandbox = Sandbox::start(
        smpp,
        SandboxOptions { smsc: SmscOptions { accounts, ..Default::default() }, ..Default::default() },
    );

    let mut tasks = tokio::task::JoinSet::new();
    let mut plans = Vec::new();
    for (at, (name, reports)) in SHOWN.into_iter().enumerate() {
        let port = args.port_base + at as u16;
        let listener = listen(port).await?;
        let origin = format!("http://localhost:{port}");
        let sms = SmppConfig::new("127.0.0.1", smpp_port, &smsc_name(name), "sandbox", "CONGDANSO");
        let plan = plan(&args.data.join(name), &packs.join(name), origin, Some(inbox.clone()), Some(sms))?;
        plans.push((listener, plan, reports));
    }
    let listener = listen(args.port_base + 3).await?;
    let issuer = format!("http://localhost:{}", args.port_base + 3);
    let portal_at = format!("http://localhost:{}", args.port_base + 2);
    let portal_listener = listen(args.port_base + 2).await?;
    let sms = SmppConfig::new("127.0.0.1", smpp_port, &smsc_name(NATIONAL), "sandbox", "DVCQG");
    let mut portal_plan =
        plan(&args.data.join(NATIONAL), &packs.join(NATIONAL), portal_at.clone(), Some(inbox.clone()), Some(sms))?;
    let plain: Vec<&Plan> = plans.iter().map(|(_, plan, _)| plan).collect();
    let known = provinces(&plain);
    let smsc = sandbox.smsc().clone();
    let all: Vec<&Plan> = plain.iter().copied().chain([&portal_plan]).collect();
    let vneid =
        demo::vneid::start(&args.data.join("vneid"), issuer.clone(), inbox.clone(), &provinces(&all), smsc).await?;
    portal_plan.sign_in = vneid.services().last().map(|s| demo::vneid::door(&issuer, s)).into_iter().collect();
    let (authorities, asked_at) = demo::national::authorities(&vneid, &inbox);
    portal_plan.authorities = asked_at;
    let people = format!("http://localhost:{}", args.port_base + 5);
    let (registry, ways) = demo::registry::start(&people, &known)?;
    portal_plan.population = Some(ways.portal);
    let tokens = format!("http://localhost:{}", args.port_base + 6);
    let (signer, remote) = demo::signer::start(&tokens, &known)?;
    portal_plan.remote_signing = Some(remote);
    portal_plan.signers = vec![demo::signer::authority(&tokens, &signer)?];
    let tokens_listener = listen(args.port_base + 6).await?;
    let bank_at = format!("http://localhost:{}", args.port_base + 7);
    let bank_listener = listen(args.port_base + 7).await?;
    let (bank, counter) = demo::bank::start(&args.data.join("bank"), &bank_at, &portal_plan, &known).await?;
    portal_plan.banks = vec![counter];
    let till_at = format!("http://localhost:{}", args.port_base + TILL_PORT);
    let till_listener = listen(args.port_base + TILL_PORT).await?;
    let (till, config) = demo::till::start(&till_at, &portal_plan)?;
    portal_plan.payment = Some(config);
    let mut portal = demo::national::open(portal_plan, metrics.clone()).await?;
    let mut work = portal.work(stop.clone());
    tasks.spawn(async move { while work.join_next().await.is_some() {} });
    tasks.spawn(serve::serve(portal_listener, portal.router(), stop.clone()));
    let health = || axum::Router::new().route("/healthz", axum::routing::get(async || "ok"));
    tasks.spawn(serve::serve(listener, vneid.router().merge(health()), stop.clone()));
    tasks.spawn(serve::serve(bank_listener, bank.router().merge(health()), stop.clone()));
    tasks.spawn(serve::serve(till_listener, till.router().merge(health()), stop.clone()));
    tasks.spawn(serve::serve(tokens_listener, signer.router().merge(health()), stop.clone()));
    let listener = listen(args.port_base + 5).await?;
    tasks.spawn(serve::serve(listener, registry.router().merge(health()), stop.clone()));

    let mut told = Vec::new();
    let mut nodes = Vec::new();
    for (at, ((listener, mut plan, reports), way)) in plans.into_iter().zip(ways.provinces).enumerate() {
        plan.population = Some(way);
        plan.sign_in =
            vneid.services().get(at).map(|service| demo::vneid::door(&issuer, service)).into_iter().collect();
        plan.sign_in.push(demo::national::door(&portal, &plan, &portal_at).await?);
        let origin = plan.settings.origin.clone();
        let logins = fill(&plan, reports, at as u64 + 1).await?;
        let mut node = open(plan, metrics.clone()).await?;
        told.push((node.web.core.province().pack.province.name.vi.clone(), origin, logins));
        let mut work = node.work(stop.clone());
        tasks.spawn(async move { while work.join_next().await.is_some() {} });
        let (router, stop) = (node.router(), stop.clone());
        tasks.spawn(serve::serve(listener, router, stop));
        nodes.push(node);
    }
    for file in &args.client {
        match demo::national::connect(&portal, file).await? {
            (id, Some(secret)) => println!("{id}: đã kết nối với cổng thử nghiệm, khóa {}", secret.expose()),
            (id, None) => println!("{id}: đã kết nối với cổng thử nghiệm, bằng khóa riêng của hệ thống đó"),
        }
    }
    web::national::refresh(&portal.web).await.context("the portal's clients cannot be read")?;
    for node in &nodes {
        demo::dossiers::tell(&node.web.core, vneid.people()).await?;
    }
    let other = format!("http://localhost:{}", args.port_base + OFFICE_PORT);
    if let Some(first) = nodes.first() {
        let office = demo::office::start(first, &args.data.join("office"), &other).await?;
        let listener = listen(args.port_base + OFFICE_PORT).await?;
        tasks.spawn(serve::serve(listener, office.router().merge(health()), stop.clone()));
    }
    nodes.push(portal);
    let listener = listen(args.port_base + 4).await?;
    let router = sandbox.router_with(&authorities).merge(demo::totp_page()).merge(health());
    tasks.spawn(serve::serve(listener, router, stop.clone()));
    println!("{}", addresses(&told, [&portal_at, &inbox, &issuer, &people, &tokens, &bank_at, &other, &till_at]));

    stop.cancelled().await;
    for node in &nodes {
        node.web.closing.store(true, std::sync::atomic::Ordering::Relaxed);
    }
    while tasks.join_next().await.is_some() {}
    for node in nodes {
        node.close().await;
    }
    vneid.shutdown();
    bank.shutdown();
    till.shutdown();
    sandbox.shutdown();
    Ok(())
}

/// The sandbox's SMSC takes only names that begin so, and production refuses them.
fn smsc_name(province: &str) -> String {
    let mut name = format!("sandbox-{province}");
    name.truncate(15); // SMPP 3.4: system_id has at most 15 characters
    name
}

async fn listen(port: u16) -> anyhow::Result<TcpListener> {
    TcpListener::bind(("127.0.0.1", port))
        .await
        .with_context(|| format!("port {port} is taken: end the other program or choose --port-base"))
}

fn prepare_folder(data: &Path, fresh: bool) -> anyhow::Result<()> {
    let mark = data.join(MARK);
    if fresh && data.exists() {
        let empty = data.read_dir()?.next().is_none();
        if !empty && !mark.exists() {
            bail!("{} was not made by the demo; nothing is deleted", data.display());
        }
        std::fs::remove_dir_all(data)?;
    }
    std::fs::create_dir_all(data).with_context(|| format!("{} cannot be made", data.display()))?;
    std::fs::write(mark, "made by `congdanso demo`; `--fresh` deletes this folder\n")?;
    Ok(())
}

/// `packs` beside where one stands, else beside the binary (target/release/congdanso → the repository).
fn find_packs(wanted: &Path) -> anyhow::Result<PathBuf> {
    let beside_binary =
        std::env::current_exe().ok().and_then(|exe| exe.ancestors().nth(3).map(|root| root.join("packs")));
    [Some(wanted.to_owned()), beside_binary, Some(PathBuf::from("/usr/share/congdanso/packs"))]
        .into_iter()
        .flatten()
        .find(|p| p.join(SHOWN[0].0).join("province.toml").exists())
        .with_context(|| format!("no province packs in {}: name their folder with --packs", wanted.display()))
}

/// How a demo province is built; also used by tests and the benchmark.
pub fn plan(
    data: &Path,
    pack: &Path,
    origin: String,
    inbox: Option<String>,
    sms: Option<SmppConfig>,
) -> anyhow::Result<Plan> {
    std::fs::create_dir_all(data)?;
    let key_file = data.join("master-key");
    if !key_file.exists() {
        write_master_key(&key_file)?;
    }
    Ok(Plan {
        database_url: format!("sqlite:{}", data.join("congdanso.sqlite").display()),
        connections: 0,
        files: Place::Folder(data.join("files")),
        pack: node::load_pack(pack)?,
        keys: Keys::new(&read_master_key(&key_file).map_err(anyhow::Error::msg)?),
        settings: Settings { origin, demo: true, ..Settings::default() },
        http: HttpSettings { sandbox_inbox: inbox, ..HttpSettings::default() },
        sms,
        sign_in: Vec::new(),
        population: None,
        authorities: Addresses::default(),
        signers: Vec::new(),
        remote_signing: None,
        banks: Vec::new(),
        payment: None,
    })
}

/// Invents the province's past, once.
async fn fill(plan: &Plan, reports: usize, seed: u64) -> anyhow::Result<demo::Logins> {
    let present = Clock::system().now();
    // The province's first version is older than everything that happens in it.
    let core = node::open_core(plan, Clock::fixed(present - PAST), Entropy::system()).await?;
    if demo::is_filled(&core).await? {
        return Ok(demo::Logins::known());
    }
    println!("{}: đang tạo dữ liệu minh họa…", core.province().pack.province.name.vi);
    let accounts = Accounts::new(core.clone()).map_err(|e| anyhow::anyhow!("accounts: {e}"))?;
    demo::fill(&core, &accounts, &demo::Plan { present, seed, reports }).await
}

async fn open(plan: Plan, metrics: PrometheusHandle) -> anyhow::Result<Node> {
    Node::start(plan, metrics).await
}

/// As the stand-ins of the national side know them.
fn provinces<'a>(plans: &[&'a Plan]) -> Vec<demo::vneid::Province<'a>> {
    let province = |plan: &&'a Plan| {
        let province = &plan.pack.province;
        demo::vneid::Province {
            slug: &province.slug,
            name: format!("{} – {}", province.app_name.vi, province.name.vi),
            place: &province.name.vi,
            origin: &plan.settings.origin,
            is_national: province.is_national(),
        }
    };
    plans.iter().map(province).collect()
}

/// The other sides beside the provinces, in the order of `addresses`.
const OTHERS: [&str; 8] = [
    "Cổng Dịch vụ công quốc gia thử nghiệm (không phải cổng thật)",
    "Môi trường thử nghiệm (hộp thư SMS, mã xác thực của cán bộ)",
    "VNeID thử nghiệm (danh tính để thử, không phải VNeID thật)",
    "Dân cư thử nghiệm (đối chiếu thông tin, không phải CSDL quốc gia về dân cư)",
    "USB ký số thử nghiệm (ký tệp thay USB, không phải chữ ký thật)",
    "Ngân hàng thử nghiệm (liên kết tài khoản, không phải ngân hàng thật)",
    "Hệ thống khác thử nghiệm (sổ văn bản, cán bộ vào từ ô ở bàn làm việc)",
    "Cổng thanh toán thử nghiệm (trả phí hồ sơ, không có tiền thật)",
];

/// Where to go, and as whom.
fn addresses(provinces: &[(String, String, demo::Logins)], others: [&str; 8]) -> String {
    let mut text = String::from("\nMọi người và sự việc trong bản minh họa đều không có thật.\n\n");
    for (name, origin, _) in provinces {
        text += &format!("{name}\n  người dân   {origin}\n  cán bộ      {origin}/can-bo\n");
    }
    for (what, at) in OTHERS.iter().zip(others) {
        text += &format!("{what}\n  {at}\n");
    }
    if let Some((_, _, logins)) = provinces.first() {
        text += &format!("\n{logins}\n");
    }
    text + "Dừng: Ctrl-C"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_demo_tells_every_address() {
        let logins = demo::Logins::known();
        let provinces = [("Tỉnh Quảng Trị".to_owned(), "http://localhost:8080".to_owned(), logins)];
        let at: Vec<String> = (8082..8090).map(|port| format!("http://localhost:{port}")).collect();
        // In the order of the page: the phones come before the identity.
        let text = addresses(&provinces, [&at[0], &at[2], &at[1], &at[3], &at[4], &at[5], &at[6], &at[7]]);
        for part in [
            "Tỉnh Quảng Trị\n  người dân   http://localhost:8080\n  cán bộ      http://localhost:8080/can-bo\n",
            "Cổng Dịch vụ công quốc gia thử nghiệm (không phải cổng thật)\n  http://localhost:8082\n",
            "VNeID thử nghiệm (danh tính để thử, không phải VNeID thật)\n  http://localhost:8083\n",
            "  http://localhost:8084\n",
            "USB ký số thử nghiệm (ký tệp thay USB, không phải chữ ký thật)\n  http://localhost:8086\n",
            "Ngân hàng thử nghiệm (liên kết tài khoản, không phải ngân hàng thật)\n  http://localhost:8087\n",
            "Hệ thống khác thử nghiệm (sổ văn bản, cán bộ vào từ ô ở bàn làm việc)\n  http://localhost:8088\n",
            "Cổng thanh toán thử nghiệm (trả phí hồ sơ, không có tiền thật)\n  http://localhost:8089\n",
            "Dân cư thử nghiệm (đối chiếu thông tin, không phải CSDL quốc gia về dân cư)\n  http://localhost:8085\n",
            demo::Logins::known().password,
        ] {
            assert!(text.contains(part), "{part}: {text}");
        }
    }
}
