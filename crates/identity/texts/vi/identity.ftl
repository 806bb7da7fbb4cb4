# Trang lỗi duy nhất mà chính dịch vụ đăng nhập vẽ ra.
identity-error-title = Không đăng nhập tiếp được
identity-error-request = Trang web đưa Ông/Bà tới đây đã gửi một yêu cầu không đúng. Ông/Bà không làm gì sai. Hãy quay lại trang đó và thử lại; nếu vẫn gặp lỗi, hãy báo cho nơi quản lý trang đó.
identity-error-over = Lần đăng nhập này đã kết thúc hoặc để quá lâu. Hãy quay lại trang Ông/Bà đang dùng và bấm đăng nhập lần nữa.
identity-error-broken = Có trục trặc ở phía chúng tôi. Hãy thử lại sau ít phút.
identity-error-code = Mã lỗi để báo cho bộ phận hỗ trợ: { $code }
