# Paying online (N15, P2)
payment-state-started = Waiting for the payment gateway
payment-state-failed = Not paid
payment-state-expired = Not paid
payment-state-paid = Paid
payment-state-refund_due = Being refunded
payment-state-refunded = Refunded
payment-state-refund_refused = Not refunded yet
notice-fee-due = { $amount } are to be paid for dossier { $code }. Open it to read what for and to pay.
notice-fee-withdrawn = Dossier { $code }: the province no longer asks for { $amount }. You need not pay.
notice-fee-paid = { $amount } were received for dossier { $code }. Open it to read and print the confirmation.
notice-fee-back = { $amount } of dossier { $code } will be given back. You need not do anything.
notice-fee-refunded = { $amount } of dossier { $code } were given back to where you paid from
activity-fee-pay-started = The payment gateway was opened to pay a fee
activity-fee-paid = A fee was paid
export-payments = Payments over the portal
