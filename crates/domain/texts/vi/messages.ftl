# Tin nhắn SMS: ngắn, không xưng hô dài, không có dữ liệu cá nhân ngoài mã.
sms-otp = { $code } la ma xac thuc { $app }. Ma co hieu luc 5 phut. Khong dua ma nay cho bat ky ai.
sms-otp-known = Co nguoi vua dung so nay de dang ky { $app }. So nay da co tai khoan. Neu la ban, hay dang nhap hoac chon Quen mat khau.
sms-otp-unknown = Co nguoi vua xin lai mat khau { $app } cho so nay. So nay chua co tai khoan. Neu la ban, hay chon Dang ky ngay.
sms-report = { $app }: phản ánh { $code } - { $state }. Xem tại { $link }
sms-consult = { $app }: { $unit } nhờ Ông/Bà trả lời một câu hỏi về công việc. Mở { $link } trước ngày { $until }. Không chuyển tin này cho người khác.

# Thông báo trong ứng dụng
notice-report-accepted = Phản ánh { $code } đã được { $unit } tiếp nhận
notice-report-assigned = Phản ánh { $code } đã được giao cho cán bộ xử lý
notice-report-in_progress = { $unit } đang xử lý phản ánh { $code }
notice-report-need_info = { $unit } hỏi thêm về phản ánh { $code }
notice-report-resolved = { $unit } đã xử lý xong phản ánh { $code }. Mời Ông/Bà đánh giá.
notice-report-rejected = Phản ánh { $code } không được tiếp nhận. Bấm để xem lý do.
notice-report-transferred = Phản ánh { $code } đã được chuyển đến { $unit }
notice-report-extended = Hạn xử lý phản ánh { $code } được gia hạn đến { $due }
notice-report-reply = { $unit } trả lời về phản ánh { $code }
notice-report-closed = Phản ánh { $code } đã kết thúc
notice-report-reopened = Phản ánh { $code } được xử lý lại
notice-report-hidden = Phản ánh { $code } không còn hiện công khai. Bấm để xem lý do.
notice-report-merged = Phản ánh { $code } đã được gộp vào phản ánh { $into } cùng sự việc. Ông/Bà vẫn nhận được kết quả.
notice-report-split = Phản ánh { $code } được giao cho nhiều đơn vị cùng xử lý
notice-follow-resolved = { $unit } đã xử lý xong phản ánh { $code } mà Ông/Bà theo dõi
notice-desk-soon = Sắp đến hạn: phản ánh { $code }, hạn { $due }
notice-desk-over = Quá hạn: phản ánh { $code }, hạn { $due }
notice-desk-above = { $unit } để quá hạn phản ánh { $code }, hạn { $due }
notice-desk-part = { $unit } đã xong phần việc của phản ánh { $code }
notice-desk-answered = { $who } đã trả lời câu hỏi về phản ánh { $code }
notice-desk-handed = { $name } bàn giao cho Ông/Bà { $n } phản ánh
notice-watch-new = Có phản ánh mới ở nơi Ông/Bà theo dõi: { $category }, { $commune }
notice-watch-more = Hôm nay còn phản ánh khác ở nơi Ông/Bà theo dõi. Bấm để xem danh sách.
notice-report-moderated = Một phần phản ánh { $code } đã được ẩn với mọi người. Bấm để xem lý do.
notice-password-changed = Mật khẩu của Ông/Bà vừa được đổi
notice-phone-changed = Số điện thoại của tài khoản vừa được đổi
notice-new-device = Có đăng nhập mới từ { $device }
notice-data-ready = Yêu cầu về dữ liệu cá nhân đã được trả lời
notice-welcome = Chào mừng Ông/Bà đến với { $app }
notice-linked = Tài khoản của Ông/Bà vừa được liên kết với một tài khoản khác. Nếu không phải Ông/Bà làm, hãy hủy liên kết và đổi mật khẩu.
sms-state-accepted = đã được tiếp nhận
sms-state-need_info = cần bổ sung thông tin
sms-state-reply = có trả lời mới
sms-state-extended = được gia hạn
sms-state-resolved = đã xử lý xong, mời đánh giá
sms-state-rejected = không được tiếp nhận
sms-state-merged = đã được gộp vào một phản ánh cùng sự việc
# Vì sao một phần việc đến đơn vị
route-split = { $unit } tách phần việc này từ phản ánh { $code }.
notice-report-unmerged = Phản ánh { $code } không còn gộp với phản ánh khác. Đơn vị xử lý riêng từ nay.
notice-guest-claimed = { $n } phản ánh Ông/Bà gửi khi chưa có tài khoản nay nằm trong «Phản ánh của tôi»
sms-state-unmerged = được xử lý riêng, không còn gộp
sms-state-sent = đã gửi. Hãy giữ mã này để theo dõi
# Vì sao một người báo nội dung không phù hợp
flag-personal = Lộ thông tin hoặc hình ảnh riêng của người khác
flag-insult = Xúc phạm, tục tĩu
flag-false = Sai sự thật, vu khống
flag-spam = Quảng cáo, gửi lặp lại
flag-other = Lý do khác
