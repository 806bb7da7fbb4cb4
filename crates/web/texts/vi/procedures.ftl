# Thủ tục hành chính: danh mục của tỉnh và của Cổng quốc gia
proc-title = Thủ tục hành chính
proc-lead = Những việc giấy tờ mà các cơ quan trong tỉnh giải quyết.
proc-search = Tìm thủ tục
proc-search-hint = Gõ tên hoặc mã, có dấu hay không dấu đều được. Ví dụ: khai sinh
proc-all = Xem tất cả
proc-results = Danh sách thủ tục
proc-found = { $n ->
   *[other] { $shown } thủ tục
}
proc-pages = Trang của danh sách
proc-before = Trang trước
proc-after = Trang sau
proc-none = Chưa tìm thấy thủ tục nào
proc-none-text = Hãy thử từ ngắn hơn, hoặc xem cả danh sách.
proc-code = Mã thủ tục
proc-field = Lĩnh vực
proc-office = Nơi giải quyết
proc-office-commune = Ủy ban nhân dân xã, phường, đặc khu
proc-office-province = Sở, ban, ngành của tỉnh
proc-unconfirmed = Tên, mã và nơi giải quyết lấy từ danh sách công khai, cần đối chiếu với danh mục quốc gia.
proc-how = Nộp hồ sơ
proc-not-online = Trang này chưa nhận hồ sơ trực tuyến cho thủ tục này. Hiện nay Ông/Bà làm như sau:
proc-how-1 = Mang theo Căn cước và giấy tờ liên quan đến việc cần làm.
proc-how-2-commune = Đến Bộ phận Một cửa của { $name }.
proc-how-2-any = Đến Bộ phận Một cửa của xã, phường nơi Ông/Bà ở.
proc-how-2-province = Đến nơi tiếp nhận hồ sơ của tỉnh, hoặc hỏi Bộ phận Một cửa của xã, phường nơi Ông/Bà ở.
proc-how-3 = Nhận giấy hẹn, có ghi ngày trả kết quả.
proc-ask = Cần hỏi thêm? Xem số điện thoại hỗ trợ

# Danh mục của Cổng quốc gia
cat-lead = Chọn thủ tục, rồi chọn tỉnh nơi Ông/Bà nộp hồ sơ.
cat-advanced = Tìm kiếm nâng cao
cat-any = Tất cả
cat-system = Nơi nhận hồ sơ
cat-systems = { $n ->
   *[other] { $shown } nơi nhận hồ sơ
}
cat-empty = Danh mục chưa có thủ tục nào
cat-empty-text = Các tỉnh đã kết nối chưa gửi danh mục. Xin quay lại sau.
cat-where = Nộp hồ sơ ở đâu
cat-where-search = Tìm tỉnh, thành phố
cat-where-none = Chưa có nơi nào nhận hồ sơ thủ tục này qua cổng.
cat-go = Nộp tại { $system }
cat-next = Ông/Bà đăng nhập hoặc đăng ký ở đây trước, rồi được đưa sang trang của tỉnh. Lần đầu, trang đó hỏi thêm số điện thoại và nơi ở, và hai tài khoản tự liên kết với nhau.
cat-next-known = Ông/Bà được đưa sang trang của tỉnh. Lần đầu, trang đó hỏi thêm số điện thoại và nơi ở, và hai tài khoản tự liên kết với nhau.
