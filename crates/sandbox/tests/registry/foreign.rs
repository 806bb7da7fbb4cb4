//! The service as others meet it: a SOAP client that we did not write (PyPI `zeep`, tests/peers/soap), and hostile questions.

use super::support::{KEY, TOKEN, World, nobody};
use gateways::population::Question;
use serde_json::{Value, json};
use std::{path::PathBuf, time::Duration};

/// The answer's bytes to a question that another client signs: this one writes the envelope by hand.
pub async fn raw(world: &World, question: &Question) -> String {
    let (status, body) = send(world, &written(question), Some(TOKEN)).await;
    assert_eq!(status, 200, "{body}");
    body
}

fn written(q: &Question) -> String {
    let request = q.request.to_string();
    let signed =
        [&request, &q.procedure, "037", &q.officer, q.number.expose(), &q.full_name, &q.birth_date, ""].join("\n");
    let hash: String = base::keys::keyed_hash(&KEY, signed.as_bytes()).iter().map(|b| format!("{b:02x}")).collect();
    format!(
        "<e:Envelope xmlns:e=\"http://schemas.xmlsoap.org/soap/envelope/\" xmlns:b=\"http://dancuquocgia.bca\"><e:Header>\
         <b:AuthHash>{hash}</b:AuthHash></e:Header><e:Body><b:TraCuuThongTinCongDan><b:MaYeuCau>{request}</b:MaYeuCau>\
         <b:MaDVC>{}</b:MaDVC><b:MaTichHop>037</b:MaTichHop><b:MaCanBo>{}</b:MaCanBo><b:SoDinhDanh>{}</b:SoDinhDanh>\
         <b:HoVaTen>{}</b:HoVaTen><b:NgayThangNamSinh><b:NgayThangNam>{}</b:NgayThangNam></b:NgayThangNamSinh>\
         </b:TraCuuThongTinCongDan></e:Body></e:Envelope>",
        q.procedure,
        q.officer,
        q.number.expose(),
        q.full_name,
        q.birth_date
    )
}

async fn send(world: &World, body: &str, token: Option<&str>) -> (u16, String) {
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let mut request = client
        .post(world.service())
        .header("content-type", "text/xml; charset=utf-8")
        .header("soapaction", "\"http://dancuquocgia.bca/TraCuuThongTinCongDan\"")
        .body(body.to_owned());
    if let Some(token) = token {
        request = request.header("authorization", format!("Bearer {token}"));
    }
    let response = request.send().await.unwrap();
    (response.status().as_u16(), response.text().await.unwrap())
}

#[tokio::test]
async fn n16_hostile_questions_are_refused_before_they_cost_anything() {
    let world = World::new().await;
    let good = written(&world.question(world.somebody(false)));
    let bomb = format!("<!DOCTYPE x [<!ENTITY a \"{}\"><!ENTITY b \"&a;&a;&a;&a;\">]>{good}", "ha".repeat(100));
    let outside =
        format!("<!DOCTYPE x [<!ENTITY f SYSTEM \"file:///etc/passwd\">]>{}", good.replace("1.004222", "&f;"));
    for hostile in [
        bomb,
        outside,
        good.replace("</b:MaDVC>", ""),
        good.replace("dancuquocgia.bca", "other.example"),
        String::new(),
    ] {
        let (status, body) = send(&world, &hostile, Some(TOKEN)).await;
        assert_eq!(status, 500);
        assert!(body.contains("YEU_CAU_SAI") && !body.contains("root:"), "{body}");
    }
    assert_eq!(send(&world, &good, None).await.0, 401);
    let endless = format!("{good}{}", " ".repeat(20_000));
    assert_eq!(send(&world, &endless, Some(TOKEN)).await.0, 413);
    let client = reqwest::Client::builder().no_proxy().build().unwrap();
    let other_kind =
        client.post(world.service()).bearer_auth(TOKEN).header("content-type", "application/json").body("{}");
    assert_eq!(other_kind.send().await.unwrap().status(), 415);
    let no_action =
        client.post(world.service()).bearer_auth(TOKEN).header("content-type", "text/xml").body(good.clone());
    assert_eq!(no_action.send().await.unwrap().status(), 500);
    assert_eq!(send(&world, &good, Some(TOKEN)).await.0, 200, "and the good one goes through");
}

#[tokio::test]
async fn n16_a_foreign_soap_client_asks_through_the_description() {
    let says = |name: &str, what: &str| std::env::var(name).is_ok_and(|value| value == what);
    if says("CONGDANSO_NO_PYTHON", "1") {
        assert!(!says("CI", "true"), "CI asks the foreign client: CONGDANSO_NO_PYTHON is for machines without Python");
        eprintln!("NOT RUN, because CONGDANSO_NO_PYTHON=1: the registry was asked by no foreign client");
        return;
    }
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../tests/peers/soap");
    let python = folder.join("venv/bin/python");
    assert!(python.exists(), "the PyPI package zeep is missing: run make tools, or set CONGDANSO_NO_PYTHON=1");
    let world = World::new().await;
    let (young, old) = (world.somebody(false), world.somebody(true));
    let key: String = KEY.iter().map(|b| format!("{b:02x}")).collect();
    let day = young.born.to_string();
    let year = old.born.year().to_string();
    let other_sex = if young.sex() == "Nam" { "Nữ" } else { "Nam" };
    let questions = json!([
        { "number": young.number.expose(), "name": young.name.to_uppercase(), "day": day, "sex": young.sex() },
        { "number": young.number.expose(), "name": "AI ĐÓ", "day": day, "sex": other_sex },
        { "number": old.number.expose(), "name": old.name.to_uppercase(), "year": year },
        { "number": nobody(1).expose(), "name": "AI ĐÓ", "day": day },
        { "number": young.number.expose(), "name": "AI ĐÓ", "day": day, "key": "00" },
    ]);
    let mut asking = tokio::process::Command::new(python)
        .args(["client.py", &format!("{}?wsdl", world.service()), TOKEN, &key])
        .current_dir(folder)
        .env("no_proxy", "*")
        .stdin(std::process::Stdio::piped())
        .stdout(std::process::Stdio::piped())
        .stderr(std::process::Stdio::piped())
        .kill_on_drop(true)
        .spawn()
        .unwrap();
    let mut input = asking.stdin.take().unwrap();
    tokio::io::AsyncWriteExt::write_all(&mut input, questions.to_string().as_bytes()).await.unwrap();
    drop(input);
    let output = tokio::time::timeout(Duration::from_secs(60), asking.wait_with_output())
        .await
        .expect("the client ends")
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let understood: Value = serde_json::from_slice(&output.stdout).unwrap();
    let told = |name: &str, born: &str, sex: Value| json!({ "state": "CO", "name": name, "born": born, "sex": sex });
    assert_eq!(
        understood,
        json!([
            told("KHOP", "KHOP", "KHOP".into()),
            told("KHONG_KHOP", "KHOP", "KHONG_KHOP".into()),
            told("KHOP", "KHOP", Value::Null),
            { "state": "KHONG_CO" },
            { "fault": "AUTHHASH_SAI" },
        ])
    );
    assert_eq!(world.registry.journal().len(), 5);
}
