//! Thanh toán trực tuyến (N15, P2, P3).

pub mod gateway;

/// Where the browser comes back to from the gateway; its query is what the gateway says.
pub const RETURN: &str = "/thanh-toan/tro-ve";
/// Where the gateway's server tells what became of an order (IPN): a GET, as VNPAY sends it.
pub const NOTICES: &str = "/api/v1/payment-notices";
