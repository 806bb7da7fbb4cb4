# Chữ ký số: đăng ký và đăng nhập bằng USB ký số
sign-tab-usb = USB ký số
source-signature = Chứng thư số của Ông/Bà
acc-method-signature = chữ ký số
sign-way-title = Mức độ cao (IAL3): chữ ký số
sign-way-text = Dành cho người có chữ ký số cá nhân. Họ tên và số định danh lấy từ chứng thư số.
sign-way-usb = Đăng ký bằng USB ký số
sign-register-title = Đăng ký bằng USB ký số
sign-no-account = Chưa có tài khoản? Đăng ký bằng USB ký số
sign-usb-title = Đăng nhập bằng USB ký số
sign-usb-how = Cách làm
sign-usb-lead = Cần có USB ký số cá nhân và phần mềm ký đi kèm USB. Nên làm trên máy tính.
sign-usb-1 = Tải về một tệp chữ ngắn.
sign-usb-2 = Ký tệp đó bằng phần mềm của USB ký số.
sign-usb-3 = Gửi tệp đã ký lên đây.
sign-usb-start = Lấy tệp cần ký
sign-step-1 = Bước 1. Tải tệp cần ký
sign-step-1-text = Tệp dùng được một lần, đến { $time }.
sign-download = Tải tệp cần ký
sign-read = Xem nội dung tệp
sign-step-2 = Bước 2. Ký tệp bằng phần mềm của USB
sign-step-2-text = Cắm USB, mở phần mềm ký, chọn tệp { $file } vừa tải, bấm ký và nhập mã PIN của USB. Mã PIN chỉ nhập trong phần mềm ký, không nhập ở trang này.
sign-step-2-kind = Nếu phần mềm hỏi kiểu ký, chọn CMS hoặc PKCS#7. Kết quả là một tệp có đuôi .p7s hoặc .p7m.
sign-step-3 = Bước 3. Gửi tệp đã ký
sign-file = Tệp đã ký
sign-file-hint = Tệp .p7s hoặc .p7m, không quá 64 KB
sign-send = Gửi tệp đã ký
sign-checking = Đang kiểm tra chữ ký…
sign-again = Lấy tệp cần ký khác
sign-over = Tệp cần ký đã quá 10 phút, đã dùng, hoặc đã thử quá 5 lần. Hãy lấy tệp cần ký mới.
sign-no-file = Chọn tệp đã ký rồi bấm gửi.
sign-first-title = Chữ ký số hợp lệ
sign-first-lead = Chưa có tài khoản nào của số định danh này. Kiểm tra thông tin trong chứng thư số, rồi nhập số điện thoại để tạo tài khoản.
sign-held-lead = Kiểm tra thông tin trong chứng thư số. Xin đọc phần dưới trước khi nhập số điện thoại.
sign-held = Một tài khoản ở đây đang giữ số định danh của Ông/Bà
sign-held-phone = Điện thoại của tài khoản đó: { $phone }.
sign-held-mine = Nếu đó là tài khoản của Ông/Bà: nhập đúng số điện thoại ấy để dùng tiếp. Mật khẩu cũ và các thiết bị đang đăng nhập sẽ hết hiệu lực.
sign-held-not = Nếu không phải: nhập số điện thoại của Ông/Bà. Số định danh sẽ chuyển sang tài khoản mới. Tài khoản kia mất số này và được báo.

sign-why-sign-in = Đăng nhập
sign-why-register = Đăng ký tài khoản
sign-challenge =
    YÊU CẦU KÝ SỐ

    Việc: { $why }
    Nơi yêu cầu: { $site }
    Địa chỉ: { $origin }
    Lập lúc: { $from }
    Dùng được đến: { $until }
    Mã lượt: { $flow }
    Mã thử thách: { $nonce }

    Chỉ ký tệp này khi chính Ông/Bà đang mở địa chỉ trên để làm việc nêu trên.
    Ký tệp này không phải là ký hợp đồng, vay tiền hay trả tiền.

sign-too-big = Tệp này lớn quá 64 KB nên không phải tệp chữ ký. Chọn tệp .p7s do phần mềm ký tạo ra.
sign-unreadable = Không đọc được tệp chữ ký. Chọn tệp .p7s hoặc .p7m do phần mềm ký tạo ra, không chọn tệp chữ ban đầu.
sign-no-certificate = Tệp chữ ký không kèm chứng thư số. Ký lại và chọn kèm chứng thư số của người ký.
sign-other-text = Chữ ký này là của một tệp khác. Ký đúng tệp vừa tải ở bước 1, không sửa nội dung tệp.
sign-broken = Chữ ký không khớp với tệp. Tải lại tệp ở bước 1 rồi ký lại.
sign-weak = Chữ ký dùng thuật toán cũ hoặc chưa được chấp nhận. Chọn SHA-256 trong phần mềm ký, hoặc hỏi nơi cấp chứng thư số để đổi chứng thư.
sign-not-yet = Chứng thư số chưa đến ngày có hiệu lực. Hỏi nơi cấp chứng thư số.
sign-expired = Chứng thư số đã hết hạn. Liên hệ nơi cấp để gia hạn, hoặc đăng nhập cách khác.
sign-unknown-issuer = Cổng chưa công nhận nơi cấp chứng thư số này. Dùng chứng thư số do tổ chức được cấp phép cấp, hoặc đăng nhập cách khác.
sign-usage = Chứng thư số này không dùng để ký cá nhân. Chọn đúng chứng thư số cá nhân trong USB.
sign-revoked = Chứng thư số đã bị thu hồi nên không dùng được nữa. Liên hệ nơi cấp chứng thư số.
sign-unchecked = Lúc này chưa hỏi được nơi cấp xem chứng thư số còn hiệu lực không. Đợi vài phút rồi gửi lại tệp, hoặc đăng nhập cách khác.
sign-no-person = Chứng thư số không ghi số định danh của người ký. Hỏi nơi cấp để đổi chứng thư, hoặc đăng nhập cách khác.
sign-old-number = Chứng thư số còn ghi số CMND 9 chữ số. Hỏi nơi cấp để cập nhật số định danh 12 chữ số.
sign-organisation = Đây là chứng thư số của tổ chức. Ở đây cần chứng thư số cá nhân của Ông/Bà. Chứng thư số của tổ chức dùng sau khi đăng nhập: Tài khoản, mục Tổ chức của tôi.
sign-person = Đây là chứng thư số cá nhân. Ở đây cần USB ký số của tổ chức, có ghi mã số thuế hoặc mã định danh điện tử.
sign-household = Chứng thư số này của hộ kinh doanh, dùng số định danh của chủ hộ. Chủ hộ kinh doanh dùng tài khoản công dân của mình, không cần thêm tổ chức.
sign-no-organisation = Chứng thư số không ghi rõ một tổ chức bằng mã số thuế hoặc mã định danh điện tử. Chọn đúng chứng thư số của tổ chức trong USB, hoặc hỏi nơi cấp.

sign-tab-sim = SIM ký số
sign-way-sim = Đăng ký bằng SIM ký số
sign-sim-register-title = Đăng ký bằng SIM ký số
sign-sim-no-account = Chưa có tài khoản? Đăng ký bằng SIM ký số
sign-sim-title = Ký bằng điện thoại
sign-sim-lead = Dùng SIM ký số hoặc ứng dụng ký số từ xa của Ông/Bà. Yêu cầu ký được gửi tới điện thoại đã đăng ký với nơi cấp chứng thư số.
sign-sim-start = Gửi yêu cầu ký
sign-sim-sending = Đang gửi yêu cầu…
sign-sim-words = { $why } tại { $origin }, mã đối chiếu { $digits }
sign-sim-wait-title = Xác nhận trên điện thoại
sign-sim-wait-lead = Mở điện thoại, xem yêu cầu ký rồi bấm đồng ý.
sign-sim-compare = Mã đối chiếu
sign-sim-compare-text = Chỉ đồng ý khi điện thoại hiện đúng mã này và nội dung dưới đây:
sign-sim-wait-text = Trang này tự xem lại sau vài giây, đến { $time }.
sign-sim-look = Xem lại ngay
sign-sim-again = Gửi yêu cầu khác
sign-sim-over = Yêu cầu ký đã hết hạn hoặc đã dùng. Hãy gửi yêu cầu mới.
sign-sim-refused = Yêu cầu ký đã bị từ chối trên điện thoại. Nếu Ông/Bà không từ chối, hãy liên hệ nơi cấp chứng thư số.
sign-sim-none = Nơi ký số từ xa không có chứng thư số nào của số định danh này. Kiểm tra lại số, hoặc đăng nhập cách khác.
sign-sim-away = Lúc này chưa gửi được yêu cầu ký. Đợi vài phút rồi thử lại, hoặc đăng nhập cách khác.
sign-over-warning = Số điện thoại này đã có tài khoản ở đây. Đặt mật khẩu mới để dùng tiếp tài khoản đó: mật khẩu cũ, các thiết bị đang đăng nhập, cách xác thực thêm, các tài khoản đã liên kết và người đang giúp trong tài khoản đó sẽ hết hiệu lực.
sign-over-button = Dùng tiếp tài khoản này
