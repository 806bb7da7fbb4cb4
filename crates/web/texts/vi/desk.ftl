# Bản đồ hàng đợi
desk-ways-label = Cách xem
desk-way-list = Danh sách
desk-way-map = Bản đồ
desk-map-picture = Phản ánh trong bộ lọc này, theo nơi xảy ra
desk-map-live-label = Bản đồ hàng đợi: phím mũi tên để di chuyển, phím Tab đến từng phản ánh
desk-map-whole = Xem cả bản đồ
desk-map-several = { $shown } phản ánh
desk-map-several-late = { $shown } quá hạn
desk-map-several-n = { $n } phản ánh
desk-map-several-late-n = { $n } quá hạn
desk-map-all = { $shown } phản ánh trên bản đồ.
desk-map-some = { $shown } trong số { $total } phản ánh trên bản đồ. Hãy phóng to hoặc lọc hẹp lại.
desk-map-without = { $shown } phản ánh không có vị trí, chỉ có trong danh sách.
desk-map-beyond = Bản đồ chỉ xét { $n } phản ánh đầu danh sách. Hãy lọc hẹp lại.
desk-map-list-all = Xem cả trong danh sách
desk-mark-late = Quá hạn
desk-mark-soon = Sắp đến hạn
desk-mark-time = Còn hạn
desk-mark-paused = Tạm dừng tính hạn
desk-mark-done = Đã kết thúc

# Bản in
desk-audit-act-report-printed = Lấy bản in một phản ánh
desk-audit-act-media-fetched = Tải ảnh theo địa chỉ hệ thống khác gửi
desk-pdf = Tải PDF
paper-title = Phản ánh { $code }
paper-code = Mã phản ánh
paper-state = Trạng thái
paper-point = Tọa độ
paper-photos = Ảnh
paper-photos-more = { $shown } ảnh khác chỉ có trên hệ thống.
paper-footer = Phản ánh { $code } · bản nội bộ, có thể có thông tin cá nhân
paper-page = Trang { $n }/{ $all }
paper-cut = Bản in đến đây là hết { $n } trang. Phần còn lại chỉ có trên hệ thống.

# Bổ sung và ảnh qua Open311
open-data-update = Bổ sung cho phản ánh đã gửi
open-data-update-text = Gửi POST tới servicerequestupdates với cùng khóa: khi đơn vị đang hỏi thì đó là câu trả lời, còn lại là thông tin thêm. Chỉ với phản ánh do khóa đó gửi. update_id là mã của hệ thống gửi; gửi lại cùng mã chỉ tính một lần. status không được dùng: trạng thái do đơn vị xử lý ghi.
open-data-update-example = Cây phượng, dài khoảng 5 mét
open-data-media = Ảnh ở media_url
open-data-media-some = Ảnh chỉ được tải về qua https từ những máy chủ cơ quan vận hành đã cho phép, tối đa 12 MB, và được lưu như ảnh người dân gửi. Từ nơi khác thì ảnh của phản ánh không được tải, chỉ địa chỉ được giữ cho cán bộ; với lần bổ sung, địa chỉ cũng không được giữ.
open-data-media-none = Ảnh không được tải về. Với phản ánh, địa chỉ ở media_url được giữ cho cán bộ, không công khai; với lần bổ sung, địa chỉ không được giữ.
