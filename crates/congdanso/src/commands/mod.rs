//! What each command does, for people at a terminal: plain sentences, exit code 1 on failure.
#![expect(clippy::print_stdout, reason = "commands answer on standard output")]

pub mod backup;
pub mod bench;
pub mod client;
pub mod demo;

use crate::{
    banks::BankAt,
    config::{Config, Role, write_master_key},
    node::{self, Node, Plan},
    payments::PaymentAt,
    population::Section,
    serve,
    sign_in::SignIn,
    signatures,
};
use anyhow::{Context, bail};
use base::{
    clock::{Clock, Entropy},
    ids::new_id,
};
use domain::{
    accounts::Accounts,
    accounts::linked::turn,
    audit,
    core::{Core, Settings},
    places::Areas,
    province,
    reports::{media::Sources, tally},
};
use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use std::{path::Path, sync::Arc, time::Duration};
use web::HttpSettings;

/// How long background work may take to its end once the last request is answered.
const WORK_END: Duration = Duration::from_secs(4);

/// Reads the configuration; lists every fault.
pub fn read_config(file: &Path) -> anyhow::Result<Config> {
    let config = Config::read(file).map_err(|faults| anyhow::anyhow!(faults.join("\n")))?;
    let faults = config.faults();
    if !faults.is_empty() {
        bail!("{} has {} faults:\n  {}", file.display(), faults.len(), faults.join("\n  "));
    }
    Ok(config)
}

/// What a node is made from, for a checked configuration.
fn plan(config: &Config) -> anyhow::Result<Plan> {
    let keys = config.secrets.keys().map_err(|faults| anyhow::anyhow!(faults.join("\n")))?;
    let p = &config.passwords;
    Ok(Plan {
        database_url: config.database_url(),
        connections: config.database.connections,
        files: config.place().map_err(|faults| anyhow::anyhow!(faults.join("\n")))?,
        pack: node::load_pack(&config.province.pack)?,
        keys,
        settings: Settings {
            origin: config.server.origin.clone(),
            sms_budget_day: config.sms_budget_day,
            demo: false,
            argon2: (p.memory_kib, p.passes, p.lanes),
            hashers: p.at_once,
            media: Sources { hosts: config.open311.media_hosts.clone(), local: false },
        },
        http: HttpSettings {
            trusted_proxies: config.server.trusted_proxies.clone(),
            sandbox_inbox: None,
            tiles: config.map.open().map_err(anyhow::Error::msg)?.map(Arc::new),
        },
        sms: config.sms.clone(),
        sign_in: config.sign_in.iter().map(SignIn::door).collect::<anyhow::Result<_>>()?,
        banks: config.bank.iter().map(BankAt::counter).collect::<anyhow::Result<_>>()?,
        payment: config.payment.as_ref().map(PaymentAt::till).transpose()?,
        population: config.population.as_ref().map(Section::way).transpose()?,
        authorities: config.authorities().map_err(|faults| anyhow::anyhow!(faults.join("\n")))?,
        signers: signatures::authorities(&config.signature_authority).map_err(|all| anyhow::anyhow!(all.join("\n")))?,
        remote_signing: config.remote_signing.as_ref().map(|r| r.read().map_err(anyhow::Error::msg)).transpose()?,
    })
}

/// Starts the recorder of metrics; once a process.
pub fn metrics() -> anyhow::Result<PrometheusHandle> {
    PrometheusBuilder::new().install_recorder().context("metrics cannot be started")
}

async fn open(file: &Path) -> anyhow::Result<(Config, Core)> {
    let config = read_config(file)?;
    std::fs::create_dir_all(&config.data).with_context(|| format!("{} cannot be made", config.data.display()))?;
    let core = node::open_core(&plan(&config)?, Clock::system(), Entropy::system()).await?;
    node::refuse_demo(&core.store, false).await?;
    Ok((config, core))
}

pub async fn serve(file: &Path) -> anyhow::Result<()> {
    let config = read_config(file)?;
    std::fs::create_dir_all(&config.data).with_context(|| format!("{} cannot be made", config.data.display()))?;
    let listener = tokio::net::TcpListener::bind(config.server.listen)
        .await
        .with_context(|| format!("{} cannot be listened on", config.server.listen))?;
    let stop = serve::stop_signal();
    let mut node = Node::start(plan(&config)?, metrics()?).await?;
    tracing::info!(listen = %config.server.listen, origin = config.server.origin, "serving");
    let mut work = (config.role != Role::Web).then(|| node.work(stop.clone()));
    // A worker alone answers health and metrics too.
    let closing = node.web.closing.clone();
    let stopping = stop.clone();
    tokio::spawn(async move {
        stopping.cancelled().await;
        closing.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    serve::serve(listener, node.router(), stop).await;
    let end = async {
        if let Some(work) = &mut work {
            while work.join_next().await.is_some() {}
        }
        node.close().await;
    };
    // An operator that does not answer must not hold up the end: what was under way is taken up again at the next start.
    if tokio::time::timeout(WORK_END, end).await.is_err() {
        tracing::warn!("background work did not end in time and was cut off");
    }
    tracing::info!("stopped");
    Ok(())
}

/// Every fault of configuration and pack at once, then of the database.
pub async fn check(file: &Path) -> anyhow::Result<()> {
    let config = Config::read(file).map_err(|faults| anyhow::anyhow!(faults.join("\n")))?;
    let mut faults = config.faults();
    let pack = node::load_pack(&config.province.pack).map_err(|e| faults.push(e.to_string())).ok();
    let (Some(p), true) = (pack, faults.is_empty()) else {
        bail!("{} has {} faults:\n  {}", file.display(), faults.len(), faults.join("\n  "));
    };
    println!("cấu hình: đúng ({})", file.display());
    println!(
        "gói tỉnh: đúng ({}: {} đơn vị hành chính, {} cơ quan, {} lĩnh vực, {} quy tắc)",
        p.province.name.vi,
        p.units.len(),
        p.agencies.len(),
        p.categories.len(),
        p.routing.rules().count()
    );
    std::fs::create_dir_all(&config.data).with_context(|| format!("{} cannot be made", config.data.display()))?;
    let store = store::Store::connect(&config.database_url(), store::Options::default())
        .await
        .context("the database cannot be opened")?;
    let pending = store.pending_migrations().await?;
    println!("cơ sở dữ liệu: mở được, {} bước nâng cấp đang chờ", pending.len());
    if pending.is_empty() {
        node::refuse_demo(&store, false).await?;
    }
    // What cannot be written today is no photo of tomorrow.
    let place = config.place().map_err(|faults| anyhow::anyhow!(faults.join("\n")))?;
    place
        .open()?
        .probe(&new_id(&Clock::system(), &Entropy::system()).to_string())
        .await
        .context("the files cannot be written and read")?;
    println!("tệp: ghi, đọc và xóa được");
    store.integrity().await?;
    println!("cơ sở dữ liệu: nguyên vẹn");
    if pending.is_empty() {
        match tally::check(&store).await? {
            0 => println!("số liệu công khai: khớp với các phản ánh"),
            n => println!(
                "số liệu công khai: {n} dòng khác với các phản ánh. Nếu máy chủ đang dừng, hãy chạy «congdanso figures»."
            ),
        }
        let keys = config.secrets.keys().map_err(|faults| anyhow::anyhow!(faults.join("\n")))?;
        match turn::left(&store, &keys).await? {
            0 => println!("khóa dữ liệu định danh: mọi dòng dùng khóa hiện tại"),
            n => println!("khóa dữ liệu định danh: còn {n} dòng dùng khóa trước; giữ khóa đó đến khi máy chủ đổi xong"),
        }
    }
    Ok(())
}

/// Counts the public figures anew; people may go on working meanwhile.
pub async fn figures(file: &Path) -> anyhow::Result<()> {
    let (_, core) = open(file).await?;
    let wrong = tally::rebuild(&core).await?;
    println!("đã tính lại số liệu công khai; {wrong} dòng được sửa");
    Ok(())
}

pub async fn migrate(file: &Path, dry_run: bool) -> anyhow::Result<()> {
    let config = read_config(file)?;
    std::fs::create_dir_all(&config.data)?;
    let store = store::Store::connect(&config.database_url(), store::Options::default()).await?;
    let pending = store.pending_migrations().await?;
    for name in &pending {
        println!("{name}");
    }
    if dry_run {
        println!("{} bước sẽ được thực hiện", pending.len());
        return Ok(());
    }
    store.migrate().await?;
    println!("đã thực hiện {} bước", pending.len());
    Ok(())
}

pub fn secret(file: &Path) -> anyhow::Result<()> {
    write_master_key(file).with_context(|| format!("{} cannot be written", file.display()))?;
    println!(
        "{}: chỉ chủ tệp đọc được. Giữ một bản ở nơi khác: mất khóa là mất các dữ liệu được mã hóa.",
        file.display()
    );
    Ok(())
}

pub async fn admin(file: &Path, username: &str, name: &str) -> anyhow::Result<()> {
    let (_, core) = open(file).await?;
    let accounts = Accounts::new(core).map_err(|e| anyhow::anyhow!("{e}"))?;
    let password = domain::staff::first_administrator(&accounts, username, name)
        .await
        .map_err(|e| anyhow::anyhow!("{}", first_admin_words(&e)))?;
    println!(
        "Tên đăng nhập: {username}\nMật khẩu dùng một lần: {}\nĐăng nhập tại {}/can-bo",
        password.expose(),
        accounts.core().settings.origin
    );
    Ok(())
}

fn first_admin_words(error: &domain::accounts::Error) -> String {
    format!("không tạo được người quản trị: {} ({error})", error.key())
}

pub async fn import_boundaries(file: &Path, boundaries: &Path, dry_run: bool) -> anyhow::Result<()> {
    let size = std::fs::metadata(boundaries).with_context(|| format!("{}", boundaries.display()))?.len();
    if size > domain::places::LARGEST_FILE as u64 {
        bail!("{}: larger than {} bytes", boundaries.display(), domain::places::LARGEST_FILE);
    }
    let bytes = std::fs::read(boundaries)?;
    let config = read_config(file)?;
    let pack = node::load_pack(&config.province.pack)?;
    if let Err(errors) = Areas::from_geojson(&bytes, &pack.units) {
        let lines: Vec<String> = errors.iter().map(|e| format!("  {e}")).collect();
        bail!("{} has {} faults:\n{}", boundaries.display(), lines.len(), lines.join("\n"));
    }
    println!("{}: đủ {} đơn vị", boundaries.display(), pack.units.len());
    if dry_run {
        return Ok(());
    }
    let (_, core) = open(file).await?;
    let name = boundaries.file_name().map_or_else(String::new, |n| n.to_string_lossy().into_owned());
    province::import_boundaries(&core, audit::By::Operator, name, bytes)
        .await
        .map_err(|e| anyhow::anyhow!(e.join("\n")))?;
    println!("đã lưu; máy chủ đang chạy dùng ranh giới mới sau khi khởi động lại");
    Ok(())
}

pub async fn audit_verify(file: &Path) -> anyhow::Result<()> {
    let (_, core) = open(file).await?;
    let verdict = audit::verify(&core.store).await?;
    println!(
        "{} mục đã niêm phong, {} mục chờ niêm phong\nđầu chuỗi: {}",
        verdict.sealed, verdict.unsealed, verdict.head
    );
    if verdict.wrong.is_empty() {
        println!("chuỗi nguyên vẹn");
        return Ok(());
    }
    for wrong in &verdict.wrong {
        println!("{wrong}");
    }
    bail!("nhật ký đã bị sửa: {} chỗ", verdict.wrong.len());
}
