//! What production refuses (X8, X11): exit code 1, and a sentence that names the fault. Never a half-started server.

use crate::harness::{Install, repository};
use store::{Sql, Tx};

/// `serve` and `check` refuse for the same reason.
fn both_refuse(install: &Install, part: &str) {
    for command in ["serve", "check"] {
        let why = install.refused(&[command]);
        assert!(why.contains(part), "{command} says: {why}");
        assert!(!why.contains("panicked"), "{why}");
    }
}

#[test]
fn x8_serve_refuses_plain_http() {
    let install = Install::sqlite();
    install.change("https://congdan.example.vn", "http://congdan.example.vn");
    both_refuse(&install, "https://");
    assert!(!install.data.exists(), "a refused start leaves nothing behind");
}

#[test]
fn x8_serve_refuses_the_sandbox_as_operator() {
    for (id, password) in [("sandbox-quang", "mat-khau"), ("quangtri", "sandbox")] {
        let install = Install::sqlite().with_sms(2775);
        install.change("system_id = \"quangtri\"", &format!("system_id = \"{id}\""));
        install.change("password = \"mat-khau\"", &format!("password = \"{password}\""));
        both_refuse(&install, "sandbox");
    }
}

#[test]
fn x8_serve_refuses_a_missing_a_short_and_a_placeholder_key() {
    let install = Install::sqlite();
    let key = install.key_file();
    for (wrong, part) in [("0".repeat(64), "placeholder"), ("ab".repeat(32), "placeholder"), ("12".into(), "64 hex")] {
        std::fs::write(&key, wrong).unwrap();
        both_refuse(&install, part);
    }
    std::fs::remove_file(&key).unwrap();
    both_refuse(&install, "master_key_file");
}

#[test]
fn x11_unknown_fields_and_missing_files_are_named() {
    let install = Install::sqlite();
    install.write("mau = \"xanh\"");
    both_refuse(&install, "mau");
    std::fs::remove_file(&install.config).unwrap();
    both_refuse(&install, "congdanso.toml");
}

#[test]
fn x11_serve_says_so_when_its_port_is_taken() {
    let install = Install::sqlite();
    let _taken = std::net::TcpListener::bind(("127.0.0.1", install.port)).unwrap();
    let why = install.refused(&["serve"]);
    assert!(why.contains(&install.port.to_string()), "{why}");
}

#[test]
fn x11_serve_says_so_when_its_database_cannot_be_reached() {
    let install = Install::on(Some("postgres://nobody@127.0.0.1:9/none".into()));
    let why = install.refused(&["serve"]);
    assert!(why.contains("database cannot be opened"), "{why}");
}

/// Everything that is wrong at once: an operator mends it in one go.
#[test]
fn x11_check_lists_all_faults_at_once() {
    let install = Install::sqlite().with_sms(2775);
    install.change("https://congdan.example.vn", "http://congdan.example.vn/");
    install.change("system_id = \"quangtri\"", "system_id = \"sandbox-quang-tri-dai\"");
    std::fs::write(install.key_file(), "0".repeat(64)).unwrap();
    let pack = install.folder.path().join("goi-tinh-khong-co");
    let right = std::fs::read_to_string(&install.config).unwrap();
    let line = right.lines().find(|l| l.starts_with("pack = ")).unwrap();
    install.change(line, &format!("pack = \"{}\"", pack.display()));
    let why = install.refused(&["check"]);
    for part in ["https://", "without a path", "sandbox", "1 to 15", "placeholder", "goi-tinh-khong-co"] {
        assert!(why.contains(part), "{part} is missing in: {why}");
    }
    assert!(!why.contains("mat-khau"), "a password is never shown");
}

#[tokio::test]
async fn x8_serve_refuses_demo_data() {
    let install = Install::sqlite();
    let store = install.store().await;
    store
        .write(async |tx: Tx| {
            Sql::new("INSERT INTO setting (key, value, updated_at) VALUES ('demo', '1', 0)").exec(&tx).await
        })
        .await
        .unwrap();
    both_refuse(&install, "demo data");
    let why = install.refused(&["admin", "quan.tri", "Nguyễn Quản Trị"]);
    assert!(why.contains("demo data"), "{why}");
}

/// A database of a later version is left alone: going back needs its backup.
#[tokio::test]
async fn x9_serve_refuses_a_database_that_is_newer_than_the_program() {
    let install = Install::sqlite();
    let store = install.store().await;
    store
        .write(async |tx: Tx| {
            Sql::new("INSERT INTO seaql_migrations (version, applied_at) VALUES ('9999_later', 0)").exec(&tx).await
        })
        .await
        .unwrap();
    both_refuse(&install, "9999_later");
}

/// The file that the package installs: every field in it exists, and `check` asks for what only the operator knows.
#[test]
fn x11_the_packaged_configuration_holds_real_fields_only() {
    let shipped = std::fs::read_to_string(repository().join("packaging/congdanso.toml")).unwrap();
    // `#name = …` and `#[table]` are settings that are switched off; `# Words` are words.
    let all: String = shipped
        .lines()
        .map(|line| match line.strip_prefix('#') {
            Some(setting) if !setting.starts_with(' ') => format!("{setting}\n"),
            _ => format!("{line}\n"),
        })
        .collect();
    assert!(all.lines().filter(|l| l.contains('=') && !l.starts_with('#')).count() >= 32, "{all}");
    for text in [shipped, all] {
        let install = Install::sqlite();
        let (packs, data) = (repository().join("packs"), install.data.display().to_string());
        let mut text = text.replace("/usr/share/congdanso/packs", &packs.display().to_string());
        let key = "0123456789abcdef".repeat(4);
        for (name, secret) in [
            ("s3.secret", "khong-ai-biet"),
            ("vneid.secret", "khong-ai-biet"),
            ("lgsp.token", "khong-ai-biet"),
            ("dan-cu.key", &key),
            ("payment.secret", &key),
        ] {
            let file = install.data.with_file_name(name);
            std::fs::write(&file, secret).unwrap();
            text = text.replace(&format!("/etc/congdanso/{name}"), &file.display().to_string());
        }
        let client_key = install.data.with_file_name("dvcqg.key").display().to_string();
        assert!(install.run(&["client-key", &client_key]).status.success());
        let text = text.replace("/etc/congdanso/dvcqg.key", &client_key);
        std::fs::write(&install.config, text.replace("/var/lib/congdanso", &data)).unwrap();
        let why = install.refused(&["check"]);
        assert!(why.contains("has 2 faults") && why.contains("server.origin") && why.contains("master-key"), "{why}");
    }
}
