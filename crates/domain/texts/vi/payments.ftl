# Thanh toán trực tuyến (N15, P2)
payment-state-started = Chờ cổng thanh toán xác nhận
payment-state-failed = Chưa thanh toán được
payment-state-expired = Chưa thanh toán được
payment-state-paid = Đã thanh toán
payment-state-refund_due = Đang hoàn tiền
payment-state-refunded = Đã hoàn tiền
payment-state-refund_refused = Chưa hoàn được tiền
notice-fee-due = Hồ sơ { $code } có khoản phải nộp { $amount }. Bấm để xem và thanh toán.
notice-fee-withdrawn = Hồ sơ { $code }: tỉnh không thu khoản { $amount } nữa. Ông/Bà không phải nộp.
notice-fee-paid = Đã nhận { $amount } cho hồ sơ { $code }. Bấm để xem và in xác nhận.
notice-fee-back = { $amount } của hồ sơ { $code } sẽ được hoàn lại. Ông/Bà không phải làm gì.
notice-fee-refunded = Đã hoàn { $amount } của hồ sơ { $code } về nơi Ông/Bà đã trả
activity-fee-pay-started = Mở cổng thanh toán để nộp phí, lệ phí
activity-fee-paid = Đã thanh toán phí, lệ phí
export-payments = Thanh toán qua Cổng
