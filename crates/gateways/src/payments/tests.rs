use super::*;
use proptest::prelude::*;

/// 20:00:00 on 21/11/2026 in Vietnam.
const NOW: Millis = 1_795_266_000_000;
const KEY: &str = "khong-ai-biet-khoa-nay-0123456789";

fn config() -> Config {
    Config {
        pay: "https://pay.example.vn/paymentv2/vpcpay.html".into(),
        api: "https://api.example.vn/merchant_webapi/api/transaction".into(),
        terminal: "CONGDS01".into(),
        secret: Secret::new(KEY),
        local: false,
    }
}

fn vnpay() -> Vnpay {
    let local = Config { api: "http://localhost:9/api".into(), local: true, ..config() };
    Vnpay::new(local, Clock::fixed(NOW), Entropy::seeded(1)).unwrap()
}

fn order() -> Order {
    Order {
        reference: "TT261121ABC7".into(),
        amount: 135_000,
        purpose: "Phi ho so TT261121ABC7: 1/2".into(),
        is_vietnamese: true,
        return_to: "https://cong.example.vn/thanh-toan/tro-ve".into(),
        from: "203.0.113.9".parse().unwrap(),
        created_at: NOW,
        expires_at: NOW + 15 * 60_000,
    }
}

/// As JavaScript's `URLSearchParams` and `node:crypto` write it.
const STARTED: &str = "vnp_Amount=13500000&vnp_Command=pay&vnp_CreateDate=20261121200000&vnp_CurrCode=VND&vnp_ExpireDate=20261121201500\
&vnp_IpAddr=203.0.113.9&vnp_Locale=vn&vnp_OrderInfo=Phi+ho+so+TT261121ABC7%3A+1%2F2&vnp_OrderType=other\
&vnp_ReturnUrl=https%3A%2F%2Fcong.example.vn%2Fthanh-toan%2Ftro-ve&vnp_TmnCode=CONGDS01&vnp_TxnRef=TT261121ABC7&vnp_Version=2.1.0\
&vnp_SecureHash=25b0f9672b2db517a1634934d330b92122c40ce6c957754934ae79dfb7224a7389b40b6e31d51a5990c8f06bd58ad3dd28d6560a71981179ed04706c9a823db1";
/// The same, and the hash in capitals.
const NOTICE: &str = "vnp_Amount=13500000&vnp_BankCode=NCB&vnp_BankTranNo=VNP14226112&vnp_CardType=ATM\
&vnp_OrderInfo=Phi+ho+so+TT261121ABC7%3A+1%2F2&vnp_PayDate=20261121134500&vnp_ResponseCode=00&vnp_TmnCode=CONGDS01\
&vnp_TransactionNo=14226112&vnp_TransactionStatus=00&vnp_TxnRef=TT261121ABC7\
&vnp_SecureHash=5C0198318D855FD608F28C6733D764E0794C537759CC057FB4325176AD18457E9655DF0363341FBE8B845E8EB5A62880066C541D4463E4078153520DED57B060";

fn paid() -> Word {
    Word { reference: "TT261121ABC7".into(), amount: 135_000, verdict: Verdict::Paid, transaction: "14226112".into() }
}

/// A notice with other fields, signed as the gateway would.
fn notice(change: &[(&str, &str)]) -> String {
    let mut fields: BTreeMap<String, String> = wire::read(NOTICE, KEY).unwrap();
    for (name, value) in change {
        fields.insert((*name).to_owned(), (*value).to_owned());
    }
    signed(&fields)
}

fn signed(fields: &BTreeMap<String, String>) -> String {
    let query = wire::form(fields.iter().map(|(k, v)| (k.as_str(), v.as_str())));
    format!("{query}&vnp_SecureHash={}", wire::sign(KEY, &query))
}

#[test]
fn p2_the_example_that_vnpay_publishes_is_written_letter_by_letter() {
    let fields = BTreeMap::from([
        ("vnp_Amount", "1806000"),
        ("vnp_Command", "pay"),
        ("vnp_CreateDate", "20210801153333"),
        ("vnp_CurrCode", "VND"),
        ("vnp_IpAddr", "127.0.0.1"),
        ("vnp_Locale", "vn"),
        ("vnp_OrderInfo", "Thanh toan don hang :5"),
        ("vnp_OrderType", "other"),
        ("vnp_BankCode", ""),
        ("vnp_ReturnUrl", "https://domainmerchant.vn/ReturnUrl"),
        ("vnp_TmnCode", "DEMOV210"),
        ("vnp_TxnRef", "5"),
        ("vnp_Version", "2.1.0"),
    ]);
    assert_eq!(
        wire::form(fields.into_iter()),
        "vnp_Amount=1806000&vnp_Command=pay&vnp_CreateDate=20210801153333&vnp_CurrCode=VND&vnp_IpAddr=127.0.0.1&vnp_Locale=vn\
         &vnp_OrderInfo=Thanh+toan+don+hang+%3A5&vnp_OrderType=other&vnp_ReturnUrl=https%3A%2F%2Fdomainmerchant.vn%2FReturnUrl\
         &vnp_TmnCode=DEMOV210&vnp_TxnRef=5&vnp_Version=2.1.0"
    );
    // RFC 4231, the second case.
    assert_eq!(
        wire::sign("Jefe", "what do ya want for nothing?"),
        "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea2505549758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737"
    );
}

#[test]
fn p2_an_address_to_pay_at_is_what_another_implementation_writes() {
    let vnpay = vnpay();
    let address = vnpay.start(&order()).unwrap();
    assert_eq!(address, format!("https://pay.example.vn/paymentv2/vpcpay.html?{STARTED}"));
    let english = vnpay.start(&Order { is_vietnamese: false, from: "::ffff:203.0.113.9".parse().unwrap(), ..order() });
    let english = english.unwrap();
    assert!(english.contains("vnp_Locale=en") && english.contains("vnp_IpAddr=203.0.113.9&"), "{english}");
    assert!(!address.contains("SecureHashType"), "2.1.0 must not send it");
}

#[test]
fn p2_what_the_protocol_cannot_carry_is_not_signed() {
    let vnpay = vnpay();
    for (bad, why) in [
        (Order { reference: String::new(), ..order() }, "reference"),
        (Order { reference: "A".repeat(25), ..order() }, "reference"),
        (Order { reference: "tt-1".into(), ..order() }, "reference"),
        (Order { amount: 0, ..order() }, "amount"),
        (Order { amount: -1, ..order() }, "amount"),
        (Order { amount: MOST + 1, ..order() }, "amount"),
        (Order { amount: i64::MAX, ..order() }, "amount"),
        (Order { purpose: "Phí hồ sơ".into(), ..order() }, "purpose"),
        (Order { purpose: "a&b".into(), ..order() }, "purpose"),
        (Order { purpose: "a".repeat(201), ..order() }, "purpose"),
        (Order { purpose: String::new(), ..order() }, "purpose"),
        (Order { return_to: "https://a.vn/".to_owned() + &"a".repeat(250), ..order() }, "return_to"),
        (Order { expires_at: NOW, ..order() }, "expires_at"),
    ] {
        assert_eq!(vnpay.start(&bad), Err(BadOrder(why)), "{bad:?}");
    }
    assert!(vnpay.start(&Order { amount: MOST, ..order() }).unwrap().contains("vnp_Amount=999999999900&"));
}

#[test]
fn p2_a_notice_is_read_in_any_order_and_case_and_foreign_fields_are_passed_over() {
    let vnpay = vnpay();
    assert_eq!(vnpay.read(NOTICE), Ok(paid()));
    let mut turned: Vec<&str> = NOTICE.split('&').collect();
    turned.reverse();
    assert_eq!(vnpay.read(&turned.join("&")), Ok(paid()));
    assert_eq!(vnpay.read(&format!("{NOTICE}&vnp_SecureHashType=HmacSHA512&lang=en&vnp_BankNote=")), Ok(paid()));
    // Its encoder may write a space and its digits another way: what counts are the decoded values.
    let other = NOTICE.replace("ho+so", "ho%20so").replace("%3A", "%3a").replace("NCB", "%4ECB");
    assert_eq!(vnpay.read(&other), Ok(paid()));
}

#[test]
fn p2_only_two_zeros_are_paid_and_nothing_that_took_money_is_called_failed() {
    let vnpay = vnpay();
    for (response, status, verdict) in [
        ("00", "00", Verdict::Paid),
        ("24", "02", Verdict::Failed),
        ("11", "02", Verdict::Failed),
        ("51", "02", Verdict::Failed),
        ("07", "07", Verdict::Waiting),
        ("99", "04", Verdict::Waiting),
        ("00", "01", Verdict::Waiting),
        ("24", "00", Verdict::Waiting),
        ("00", "02", Verdict::Waiting),
    ] {
        let word = vnpay.read(&notice(&[("vnp_ResponseCode", response), ("vnp_TransactionStatus", status)]));
        assert_eq!(word.map(|w| w.verdict), Ok(verdict), "{response} {status}");
    }
    let cancelled = [("vnp_ResponseCode", "24"), ("vnp_TransactionStatus", "02"), ("vnp_TransactionNo", "0")];
    assert_eq!(vnpay.read(&notice(&cancelled)).unwrap().transaction, "");
    assert_eq!(vnpay.read(&notice(&[("vnp_TransactionNo", "0")])), Err(Unread::Malformed), "paid without a number");
}

#[test]
fn p2_what_is_not_signed_by_the_gateway_says_nothing() {
    let vnpay = vnpay();
    let (fields, hash) = NOTICE.split_once("&vnp_SecureHash=").unwrap();
    for forged in [
        String::new(),
        fields.to_owned(),
        format!("{fields}&vnp_SecureHash="),
        format!("{fields}&vnp_SecureHash={}", &hash[..127]),
        format!("{fields}&vnp_SecureHash={hash}0"),
        format!("{fields}&vnp_SecureHash={}", "0".repeat(128)),
        format!("{fields}&vnp_SecureHash={}", "é".repeat(64)),
        format!("{fields}&vnp_SecureHashType=MD5"),
        NOTICE.replace("13500000", "1350000"),
        NOTICE.replace("vnp_ResponseCode=00", "vnp_ResponseCode=24"),
        NOTICE.replace("ABC7&vnp_SecureHash", "ABC8&vnp_SecureHash"),
        NOTICE.replace("&vnp_CardType=ATM", ""),
        format!("{NOTICE}&vnp_More=1"),
        NOTICE.replace("vnp_Amount=", "VNP_Amount="),
        // Signed, but for another terminal.
        notice(&[("vnp_TmnCode", "CONGDS02")]),
        notice(&[("vnp_TmnCode", "")]),
    ] {
        assert_eq!(vnpay.read(&forged), Err(Unread::Forged), "{forged}");
    }
    assert_eq!(vnpay.read(STARTED), Err(Unread::Malformed), "our own address sent back to us");
}

#[test]
fn p2_what_stands_there_twice_is_broken_or_too_much_is_malformed_before_it_is_believed() {
    let vnpay = vnpay();
    for bad in [
        format!("{NOTICE}&vnp_Amount=13500000"),
        format!("vnp_Amount=1&{NOTICE}"),
        format!("{NOTICE}&vnp%5FAmount=1"),
        format!("{NOTICE}&vnp_SecureHash=00"),
        NOTICE.replace("%3A", "%3"),
        NOTICE.replace("%3A", "%GG"),
        NOTICE.replace("%3A", "%FF"),
        NOTICE.replace("NCB", &"N".repeat(1025)),
        format!("{NOTICE}&{}", "a".repeat(4096)),
        format!("{NOTICE}{}", "&x=".repeat(40)),
        format!("{NOTICE}&vnp_{}=", "a".repeat(61)),
    ] {
        assert_eq!(vnpay.read(&bad), Err(Unread::Malformed), "{bad}");
    }
    for (name, value) in [
        ("vnp_Amount", "0"),
        ("vnp_Amount", "100.00"),
        ("vnp_Amount", "-13500000"),
        ("vnp_Amount", "+13500000"),
        ("vnp_Amount", "013500000"),
        ("vnp_Amount", "13500050"),
        ("vnp_Amount", "9223372036854775807"),
        ("vnp_Amount", "99999999999999999999"),
        ("vnp_Amount", ""),
        ("vnp_TxnRef", ""),
        ("vnp_TxnRef", "tt/../1"),
        ("vnp_ResponseCode", "0"),
        ("vnp_ResponseCode", "ok"),
        ("vnp_TransactionStatus", ""),
        ("vnp_TransactionNo", "14 226"),
    ] {
        assert_eq!(vnpay.read(&notice(&[(name, value)])), Err(Unread::Malformed), "{name}={value}");
    }
}

#[test]
fn p2_its_server_is_answered_in_its_own_codes() {
    let codes = [
        (Reply::Confirmed, "00"),
        (Reply::UnknownOrder, "01"),
        (Reply::AlreadyConfirmed, "02"),
        (Reply::OtherAmount, "04"),
        (Reply::Forged, "97"),
        (Reply::Trouble, "99"),
    ];
    for (reply, code) in codes {
        let said: serde_json::Value = serde_json::from_str(&vnpay().reply(reply)).unwrap();
        assert_eq!(said["RspCode"], code);
        assert!(said["Message"].as_str().is_some_and(|m| !m.is_empty()));
    }
}

#[test]
fn p6_a_gateway_is_reached_over_https_alone_and_never_as_the_sandbox() {
    assert_eq!(config().faults(), []);
    let bad = |change: fn(&mut Config)| {
        let mut config = config();
        change(&mut config);
        config.faults()
    };
    assert_eq!(bad(|c| c.pay = "http://pay.example.vn/a".into()), [Fault::Pay]);
    assert_eq!(bad(|c| c.pay = "http://localhost:8089/a".into()), [Fault::Pay], "not outside a demo");
    assert_eq!(bad(|c| c.pay = "https://pay.example.vn/a?b=1".into()), [Fault::Pay]);
    assert_eq!(bad(|c| c.api = "https://u:p@api.example.vn/".into()), [Fault::Api]);
    assert_eq!(bad(|c| c.api = "https://".into()), [Fault::Api]);
    assert_eq!(bad(|c| c.terminal = "congds01".into()), [Fault::Terminal]);
    assert_eq!(bad(|c| c.terminal = "SANDBOX1".into()), [Fault::Sandbox]);
    assert_eq!(bad(|c| c.secret = Secret::new("ngan")), [Fault::Secret]);
    assert_eq!(bad(|c| c.secret = Secret::new("hai dong\nkhac nhau 1234567")), [Fault::Secret]);
    let all = bad(|c| {
        c.pay = "ftp://a/".into();
        c.api = String::new();
        c.terminal = "SANDBOX12".into();
        c.secret = Secret::new("");
    });
    assert_eq!(all.len(), 5, "all at once: {all:?}");
    let local = Config { pay: "http://localhost:8089/a".into(), terminal: "SANDBOX1".into(), local: true, ..config() };
    assert_eq!(local.faults(), [], "the demo");
    assert!(!format!("{:?}", config()).contains(KEY));
}

proptest! {
    #[test]
    fn p2_amounts_come_back_as_they_went(amount in any::<i64>()) {
        let written = wire::hundredfold(amount);
        prop_assert_eq!(written.is_some(), (1..=MOST).contains(&amount));
        if let Some(written) = written {
            prop_assert_eq!(wire::hundredth(&written), Some(amount));
        }
    }

    #[test]
    fn p2_amounts_at_the_edges(amount in prop_oneof![1i64..1000, MOST - 1000..MOST + 1000]) {
        prop_assert_eq!(wire::hundredfold(amount).and_then(|w| wire::hundredth(&w)), (amount <= MOST).then_some(amount));
    }

    #[test]
    fn p2_whatever_is_signed_is_read_and_one_changed_value_is_not(
        values in prop::collection::btree_map("vnp_[A-Za-z]{1,20}", "\\PC{1,40}", 1..12),
        at in any::<prop::sample::Index>(),
    ) {
        let query = signed(&values);
        prop_assert_eq!(wire::read(&query, KEY), Ok(values.clone()));
        prop_assert_eq!(wire::read(&query, "another-secret-0123456789"), Err(Unread::Forged));
        let mut changed = values.clone();
        let name = at.get(&values.keys().cloned().collect::<Vec<_>>()).clone();
        changed.entry(name).and_modify(|v| v.push('1'));
        let hash = query.rsplit_once('=').unwrap().1;
        let forged = wire::form(changed.iter().map(|(k, v)| (k.as_str(), v.as_str())));
        prop_assert_eq!(wire::read(&format!("{forged}&vnp_SecureHash={hash}"), KEY), Err(Unread::Forged));
    }
}
