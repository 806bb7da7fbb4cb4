# Giúp người khác: tin nhắn, thông báo, hoạt động và bản tải dữ liệu
help-scope-report = Gửi phản ánh, bổ sung và đánh giá
help-scope-follow = Xem phản ánh và thông báo
sms-help-report = gui phan anh
sms-help-follow = xem phan anh, thong bao

sms-desk-code = { $code } la ma de { $unit } ghi phan anh giup Ong/Ba ({ $app }). Chi doc cho can bo Ong/Ba dang gap hoac goi. Khong nho ai thi bo qua.
sms-help-code = { $code } la ma cho { $name } giup Ong/Ba tren { $app } trong { $days } ngay: { $scope }. Chi doc ma cho nguoi nay. Khong dong y thi bo qua, dung doc cho ai.
sms-help-asked = { $app }: { $name } nhờ Ông/Bà giúp. Đăng nhập { $link } trước ngày { $until } để trả lời. Nếu không biết người này, hãy bỏ qua.
sms-guardian-asked = { $app }: { $name } mời Ông/Bà cùng làm người giám hộ của một trẻ em. Đăng nhập { $link } trước ngày { $until } để trả lời. Nếu không biết người này, hãy bỏ qua.
sms-help = { $app }: Người giúp tài khoản của Ông/Bà vừa thay đổi. Xem và hủy tại { $link }

notice-help-asked = Có người nhờ Ông/Bà giúp. Bấm để xem và trả lời.
notice-desk-began = Cán bộ đang ghi phản ánh giúp Ông/Bà. Nếu Ông/Bà không nhờ, bấm vào đây rồi chọn «Hủy».
notice-help-began = Từ nay có người làm thay Ông/Bà được một số việc. Bấm để xem là ai. Không muốn nữa, Ông/Bà hủy được ngay.
notice-help-ended = Một người giúp không còn làm thay Ông/Bà nữa.
notice-helping-ended = Ông/Bà không còn giúp một người nữa. Bấm để xem.
notice-help-declined = Một lời nhờ giúp đã bị từ chối. Ông/Bà có thể nhờ người khác.
notice-child-leaves-30 = Tài khoản của người con đã đủ 18 tuổi sẽ bị xóa sau 30 ngày nữa nếu chưa được nhận. Bấm để xem cách giao.
notice-child-leaves-7 = Còn 7 ngày: tài khoản của người con đã đủ 18 tuổi sẽ bị xóa nếu chưa được nhận. Bấm để tạo mã giao.
notice-child-claimed = Một người con đã nhận tài khoản của mình. Từ nay Ông/Bà không vào được tài khoản đó nữa.
notice-child-yours = Từ nay tài khoản này là của riêng Ông/Bà, cha mẹ và người giám hộ không vào được nữa. Việc đã làm trước đây vẫn còn, ghi rõ ai làm.

activity-help-asked = Nhờ người giúp, hoặc hủy lời nhờ
activity-help-began = Có người giúp
activity-help-ended = Người giúp thôi giúp, hoặc bị hủy
activity-help-entered = Người giúp bắt đầu làm thay
activity-help-did = Người giúp làm thay
activity-helping-began = Nhận giúp một người
activity-helping-ended = Không còn giúp một người
activity-child-added = Thêm con
activity-child-deleted = Xóa dữ liệu của con
activity-child-code = Tạo mã giao tài khoản của con
activity-child-claimed = Tài khoản do cha mẹ, người giám hộ lập được chính chủ nhận

export-mandates = Giúp người khác và người giúp tôi
export-mandate-helped = Tôi giúp
export-mandate-helper = Người giúp tôi
export-child = Dữ liệu của con
fact-declared_birth_date = Ngày sinh (tự khai)

help-own = Đây là số của chính Ông/Bà. Hãy nhập số của người kia.
help-already-asked = Số này đã được nhờ và chưa trả lời. Muốn nhờ lại, hãy hủy lời nhờ cũ trước.
help-offer-gone = Lời nhờ đã hết hạn, đã được trả lời hoặc đã bị hủy. Nếu cần, hãy bảo người kia nhờ lại.
help-full = Đã có đủ số người giúp. Hãy bớt một người, hoặc hủy một lời nhờ chưa trả lời.
help-too-many = Ông/Bà đang giúp quá nhiều người. Hãy thôi giúp một người trước.
help-no-account = Mã đúng, nhưng số điện thoại này chưa có tài khoản dùng được. Hãy đăng ký tài khoản cho số đó trước, rồi làm lại.
help-adult = Người từ đủ 18 tuổi tự làm, hoặc tự nhờ người giúp. Hãy mở tài khoản bằng số điện thoại của người đó.
help-last-guardian = Trẻ em luôn phải có một người giám hộ. Hãy mời người thứ hai trước, hoặc xóa dữ liệu của con.
hand-over-empty = Nhập mã giao tài khoản mà cha mẹ hoặc người giám hộ đưa.
hand-over-shape = Mã giao tài khoản gồm 12 chữ và số, viết thành 3 nhóm. Ví dụ ABCD-EFGH-JKLM. Hãy xem lại.
hand-over-wrong = Mã không dùng được: sai, đã dùng, đã có mã mới thay, hoặc đã quá 90 ngày kể từ ngày đủ 18 tuổi. Hãy hỏi lại cha mẹ hoặc người giám hộ.
hand-over-early = Chưa đến lúc tạo mã. Mã tạo được từ 3 tháng trước ngày con đủ 18 tuổi.
hand-over-not-yet = Mã đúng, nhưng tài khoản chỉ nhận được từ ngày đủ 18 tuổi. Hãy giữ mã và quay lại sau.
help-behalf = Ông/Bà đang làm việc cho một tổ chức. Muốn giúp người khác, hãy bấm «Làm việc cho chính mình» ở đầu trang trước.
help-scope-empty = Hãy chọn ít nhất một việc.
child-born-later = Ngày sinh không thể ở sau hôm nay. Hãy xem lại.
child-born-invalid = Ngày sinh chưa đúng. Hãy nhập ngày, tháng, năm, ví dụ 21/03/2019.
child-number-other-year = Số định danh này không khớp với năm sinh. Hãy xem lại cả hai.
