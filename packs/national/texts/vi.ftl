# Văn bản riêng của cổng; đè lên văn bản chung cùng khóa. Kiểm tra bằng `congdanso check`.
province-name = Cổng Dịch vụ công quốc gia
province-app-name = Dịch vụ công quốc gia
province-about =
    Đây là bản đóng vai Cổng Dịch vụ công quốc gia, để thử đăng nhập và liên kết tài khoản với các tỉnh.
    Đây không phải hệ thống của Văn phòng Chính phủ.
province-about-basis = Cách làm theo tài liệu hướng dẫn của các tỉnh; cần đối chiếu với tài liệu kết nối hiện hành.
province-contact = Hỗ trợ sử dụng: đơn vị vận hành cổng này.
province-contact-note = Thông tin liên hệ cần đối chiếu trước khi dùng chính thức.
site-description = { $province }: tài khoản, thông tin định danh và liên kết tài khoản
demo-data = Môi trường thử nghiệm – đây không phải Cổng Dịch vụ công quốc gia thật
acc-password-hint = Từ 8 ký tự trở lên, có chữ thường, chữ hoa, chữ số và ký tự đặc biệt. Dán từ trình quản lý mật khẩu cũng được.
acc-row-linked-note = Tài khoản của Bộ Công an, các tỉnh đã liên kết
link-lead = Những tài khoản và hệ thống đi cùng tài khoản này.
link-first-lead = { $provider } xác nhận Ông/Bà là { $name }. Đây là lần đầu Ông/Bà vào đây: cần số điện thoại để gửi mã OTP khi đăng nhập.
link-trouble-away = { $provider } đang không trả lời. Xin thử lại sau ít phút, hoặc đăng nhập bằng số định danh.
link-trouble-weak = { $provider } của Ông/Bà chưa được xác thực đủ mức. Hãy nâng mức ở nơi cấp.
link-phone-instead = Cách đăng nhập khác
account-wrong-credentials = Số định danh hoặc mật khẩu chưa đúng
acc-wrong-credentials = Số định danh hoặc mật khẩu chưa đúng. Hãy nhập lại cả hai, hoặc chọn «Quên mật khẩu?».
acc-resend = Gửi lại OTP
otp-expired = Mã đã hết hạn. Hãy bấm «Gửi lại OTP».
otp-used-up = Mã này không còn dùng được. Hãy bấm «Gửi lại OTP».
link-person-text = Số định danh mà { $provider } xác nhận đã có tài khoản ở đây. Hãy đăng nhập tài khoản đó bằng số định danh và mật khẩu để liên kết.
acc-download-text = Gồm thông tin tài khoản, thông tin định danh, đăng nhập, hoạt động và thông báo.
acc-delete-gone-text = Họ tên, số định danh, số điện thoại, thư điện tử, mật khẩu, thiết bị, hoạt động và thông báo.
inbox-empty-text = Khi tài khoản của Ông/Bà có tin mới, tin sẽ hiện ở đây.
