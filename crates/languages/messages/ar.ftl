# العربية

duration-seconds = { $count ->
    [one] ثانية واحدة
    [two] ثانيتين
    [few] { $count } ثوانٍ
   *[other] { $count } ثانية
}
duration-minutes = { $count ->
    [one] دقيقة واحدة
    [two] دقيقتين
    [few] { $count } دقائق
   *[other] { $count } دقيقة
}
duration-hours = { $count ->
    [one] ساعة واحدة
    [two] ساعتين
    [few] { $count } ساعات
   *[other] { $count } ساعة
}
duration-days = { $count ->
    [one] يوم واحد
    [two] يومين
    [few] { $count } أيام
   *[other] { $count } يومًا
}
date = { $day } { $month ->
    [1] يناير
    [2] فبراير
    [3] مارس
    [4] أبريل
    [5] مايو
    [6] يونيو
    [7] يوليو
    [8] أغسطس
    [9] سبتمبر
    [10] أكتوبر
    [11] نوفمبر
   *[12] ديسمبر
} { $year }

error-prefix = خطأ:
problems-title = { $count ->
    [one] هناك أمر واحد يجب تصحيحه:
    [two] هناك أمران يجب تصحيحهما:
    [few] هناك { $count } أمور يجب تصحيحها:
   *[other] هناك { $count } أمرًا يجب تصحيحها:
}
development-inbox = خادم تطوير: تصل الرسائل إلى صندوق الوارد
email = البريد الإلكتروني
password = كلمة المرور
new-password = كلمة المرور الجديدة
code = الرمز
show = إظهار
hide = إخفاء
change = تغيير
change-address = تغيير العنوان
or = أو
sign-in = تسجيل الدخول
verify = تحقق
back-to-sign-in = العودة إلى تسجيل الدخول
use-another-account = استخدام حساب آخر
terms-of-service = شروط الخدمة
privacy-policy = سياسة الخصوصية
support = الحصول على مساعدة

sign-in-title = تسجيل الدخول
sign-in-lead = للمتابعة إلى { $application }
continue = متابعة
sign-in-new-here = هل أنت جديد على { $application }؟
sign-in-create = إنشاء حساب

password-title = أدخل كلمة المرور
password-heading = مرحبًا بعودتك
password-lead = أدخل كلمة المرور للمتابعة إلى { $application }.
password-forgotten = هل نسيت كلمة المرور؟
password-code-instead = إرسال رمز بالبريد الإلكتروني بدلًا من ذلك

sign-up-title = إنشاء حسابك
sign-up-lead = للمتابعة إلى { $application }
sign-up-joining = أنت تنضم إلى { $organization } على { $application }.
first-name = الاسم الأول
last-name = اسم العائلة
sign-up-submit = إنشاء الحساب
sign-up-known = هل لديك حساب بالفعل؟

code-title = تحقق من بريدك الإلكتروني
verify-email-title = تأكيد بريدك الإلكتروني
code-lead = أدخل الأرقام الستة التي أرسلناها إليك بالبريد الإلكتروني. وهي صالحة لمدة { $duration }.
code-none-yet = ألم تصل الرسالة بعد؟
code-send-again = إرسال رمز جديد
code-password-instead = استخدام كلمة المرور بدلًا من ذلك
code-on-its-way = رمز جديد في طريقه إليك، وهو يحل محل الرمز السابق.

forgotten-title = إعادة تعيين كلمة المرور
forgotten-lead = سنرسل إليك رابطًا يتيح لك اختيار كلمة مرور جديدة.
forgotten-submit = إرسال الرابط
reset-sent-title = تحقق من بريدك الإلكتروني
reset-sent-lead = إذا كان هناك حساب لهذا العنوان، فإن رابط إعادة تعيين كلمة المرور في طريقه إليه. وهو صالح لمدة { $duration }.
reset-title = اختر كلمة مرور جديدة
reset-lead = تحل محل القديمة في كل مكان، ويُسجَّل خروج الأجهزة الأخرى.
reset-submit = حفظ كلمة المرور الجديدة
reset-done-title = تم تغيير كلمة المرور
reset-done-lead = استخدم كلمة المرور الجديدة من الآن فصاعدًا. تم إنهاء جميع الجلسات الأخرى.
reset-done-go-back = عُد إلى { $application } لتسجيل الدخول.

factor-title = تسجيل الدخول بخطوتين
factor-lead-app = أدخل الأرقام الستة التي يعرضها تطبيق المصادقة الآن.
enrolment-title = إعداد تسجيل الدخول بخطوتين
enrolment-lead = يحتاج حسابك إلى خطوة ثانية. أي تطبيق مصادقة يفي بالغرض.
enrolment-scan = امسح هذه الصورة بتطبيق المصادقة.
enrolment-open = فتحها على هذا الجهاز
enrolment-picture = صورة للمسح بتطبيق مصادقة
enrolment-key = ليست لديك كاميرا؟ اكتب هذا المفتاح في التطبيق:
enrolment-code = أدخل الأرقام الستة التي يعرضها التطبيق.

organization-title = اختر مؤسسة
organization-lead = أنت عضو في عدة مؤسسات. يمكنك التبديل لاحقًا.
organization-signed-in-as = تم تسجيل الدخول باسم { $email }.
invitation-title = الانضمام إلى { $name }
invitation-lead-inviter-organization = دعاك { $inviter } للعمل مع { $organization } في { $application }. الدعوة موجهة إلى هذا العنوان:
invitation-lead-inviter = دعاك { $inviter } إلى { $application }. الدعوة موجهة إلى هذا العنوان:
invitation-lead-organization = تمت دعوتك للعمل مع { $organization } في { $application }. الدعوة موجهة إلى هذا العنوان:
invitation-lead = تمت دعوتك إلى { $application }. الدعوة موجهة إلى هذا العنوان:
invitation-accept = قبول الدعوة
invitation-unexpected = لم تكن تتوقع هذا؟ يمكنك إغلاق الصفحة؛ لن يحدث شيء.
returning-title = تم تسجيل الدخول
returning-heading = لقد سجّلت الدخول
returning-lead = جارٍ إعادتك إلى { $application }…
returning-stuck = لا يحدث شيء؟
returning-by-hand = المتابعة يدويًا
signed-out-title = تم تسجيل الخروج
signed-out-heading = لقد سجّلت الخروج
signed-out-lead = إلى اللقاء. إذا كنت تستخدم حاسوبًا مشتركًا فأغلق نافذة المتصفح أيضًا.
signed-out-again = تسجيل الدخول مجددًا

problem-credentials = البريد الإلكتروني وكلمة المرور غير متطابقين.
problem-code = الرمز غير صحيح أو قديم. تحقق من كل رقم في أحدث رمز أو اطلب رمزًا جديدًا.
problem-code-used = سبق استخدام هذا الرمز. اطلب رمزًا جديدًا.
problem-app-code = الرمز غير صحيح. استخدم الرمز المعروض الآن.
problem-app-code-used = سبق استخدام هذا الرمز. انتظر الرمز التالي.
problem-app-code-attempts = أُدخل عدد كبير من الرموز الخاطئة. انتظر قليلًا ثم سجّل الدخول من جديد.
problem-organization = هذا الحساب ليس عضوًا في المؤسسة المطلوبة. استخدم حسابًا آخر أو اطلب دعوة.
problem-not-a-member = لم تعد عضوًا هناك. اختر مؤسسة أخرى.
problem-invitation = سبق استخدام الدعوة أو انتهت صلاحيتها.
problem-invitation-sign-in = سبق استخدام الدعوة أو انتهت صلاحيتها. إذا كان لديك حساب فسجّل الدخول به.
problem-invitation-address = الدعوة موجهة إلى عنوان آخر.
problem-sign-up-closed = لا يمكن إنشاء حساب هنا دون دعوة.
problem-password-disabled = لا يمكن تسجيل الدخول بكلمة مرور هنا.
problem-method = لا يمكن تسجيل الدخول بهذه الطريقة هنا.
problem-busy = الخدمة مشغولة الآن. حاول مجددًا بعد لحظات.
problem-too-many = كانت هناك محاولات كثيرة. انتظر { $duration } ثم حاول مجددًا.
problem-late = استغرق ذلك وقتًا طويلًا وانتهت صلاحية تسجيل الدخول هذا. ابدأ من جديد.
problem-email-missing = أدخل بريدك الإلكتروني.
problem-email = «{ $typed }» ليس عنوان بريد إلكتروني. يجب أن يشبه name@example.com.
problem-email-taken = يوجد حساب بهذا البريد الإلكتروني بالفعل. سجّل الدخول به.
problem-name-length = هذا الاسم طويل جدًا.

password-hint = الحد الأدنى لعدد الأحرف: { $count }. بضع كلمات لا رابط بينها خيار جيد.
password-hint-with = الحد الأدنى لعدد الأحرف: { $count }، ويجب أن تتضمن { $kinds }. بضع كلمات لا رابط بينها خيار جيد.
kind-lowercase = حرفًا صغيرًا
kind-uppercase = حرفًا كبيرًا
kind-number = رقمًا
kind-symbol = رمزًا خاصًا
kinds-and = { $first } و{ $last }
kinds-comma = { $first }، { $rest }
password-too-short = كلمة المرور قصيرة. الحد الأدنى لعدد الأحرف: { $count }.
password-too-long = كلمة المرور طويلة. الحد الأقصى لعدد الأحرف: { $count }.
password-contains-email = يجب ألا تتضمن كلمة المرور البريد الإلكتروني.
password-lacks = يجب أن تتضمن كلمة المرور { $kinds }.
password-used-before = سبق أن استخدمت كلمة المرور هذه. اختر غيرها.
password-too-weak = كلمة المرور سهلة التخمين.
password-weak-common = إنها شائعة جدًا أو تشبه كلمة شائعة.
password-weak-keyboard = أنماط لوحة المفاتيح سهلة التخمين.
password-weak-repeats = التكرار سهل التخمين.
password-weak-sequence = التسلسلات مثل abc أو 6543 سهلة التخمين.
password-weak-date = التواريخ والسنوات سهلة التخمين.
password-weak-word = الكلمة الواحدة سهلة التخمين.
password-weak-name = الأسماء سهلة التخمين.

failure-request-id = إذا طلبت المساعدة فاذكر معرّف الطلب هذا:
failure-detail = التفاصيل:
failure-title-invalid = لم ينجح ذلك
failure-title-forbidden = لا يمكنك المتابعة من هنا
failure-title-not-found = لا يوجد شيء هنا
failure-title-over = انتهت الصلاحية
failure-title-too-large = كان ذلك أكثر من اللازم
failure-title-timeout = استغرق ذلك وقتًا طويلًا
failure-title-too-many = محاولات كثيرة جدًا
failure-title-internal = حدث خطأ ما
failure-title-unavailable = ليس متاحًا الآن
failure-invalid = عُد إلى حيث كنت وحاول مجددًا.
failure-internal = الخطأ من جانبنا. حاول مجددًا بعد لحظات؛ وإذا تكرر فأخبر القائم على هذه الخدمة.
failure-sign-in-over = انتهى تسجيل الدخول هذا، أو استغرق أكثر من ساعة، أو بدأ في متصفح آخر. عُد إلى التطبيق وابدأ من جديد.
failure-link-over = لم يعد هذا الرابط يعمل: فقد استُخدم، أو مضى عليه أكثر من ساعة، أو أُرسل رابط أحدث. اطلب رابطًا جديدًا من صفحة تسجيل الدخول.
failure-invitation-over = سبق قبول هذه الدعوة أو سُحبت أو انتهت صلاحيتها. إذا كان لديك حساب فسجّل الدخول به؛ وإلا فاطلب دعوة جديدة ممن دعاك.
failure-invitation-nowhere = ليس للتطبيق بعد عنوان ننقلك إليه. أخبر من دعاك.
failure-form = لم يأتِ النموذج من هذه الصفحة في هذا المتصفح. ربما كانت ملفات تعريف الارتباط معطلة، أو أن الصفحة تعود إلى ما قبل إغلاق المتصفح. ارجع وأعد تحميل الصفحة ثم حاول مرة أخرى.

mail-code-lifetime = يعمل مرة واحدة ولمدة { $duration }.
mail-link-lifetime = يعمل الرابط مرة واحدة ولمدة { $duration }.
mail-link-stuck = إذا لم يعمل الزر فافتح هذا العنوان في متصفحك:
mail-magic-auth-subject = رمز تسجيل الدخول
mail-magic-auth-subject-named = رمز تسجيل الدخول إلى { $application }
mail-magic-auth-body = سجّل الدخول بهذا الرمز:
mail-magic-auth-body-named = سجّل الدخول إلى { $application } بهذا الرمز:
mail-magic-auth-caution = إذا لم تطلب ذلك فتجاهل هذه الرسالة: لا يدخل أحد دون الرمز. لا تعطه لأحد، حتى لمن يقول إنه من الدعم.
mail-email-verification-subject = أكّد بريدك الإلكتروني
mail-email-verification-subject-named = أكّد بريدك الإلكتروني لدى { $application }
mail-email-verification-body = أكّد أن هذا العنوان لك بهذا الرمز:
mail-email-verification-body-named = أكّد أن هذا العنوان لك، من أجل حسابك لدى { $application }، بهذا الرمز:
mail-email-verification-caution = إذا لم تطلب ذلك فتجاهل هذه الرسالة: ربما كتب شخص ما عنوانك بالخطأ، ودون الرمز لا يحدث شيء.
mail-email-change-subject = أكّد بريدك الإلكتروني الجديد
mail-email-change-subject-named = أكّد بريدك الإلكتروني الجديد لدى { $application }
mail-email-change-body = اجعل هذا العنوان عنوان حسابك بهذا الرمز:
mail-email-change-body-named = اجعل هذا العنوان عنوان حسابك لدى { $application } بهذا الرمز:
mail-email-change-caution = إذا لم تطلب ذلك فتجاهل هذه الرسالة: دون الرمز لن يأخذ أي حساب عنوانك.
mail-password-reset-subject = تعيين كلمة مرور جديدة
mail-password-reset-subject-named = تعيين كلمة مرور جديدة لدى { $application }
mail-password-reset-body = عيّن كلمة مرور جديدة هنا:
mail-password-reset-body-named = عيّن هنا كلمة مرور جديدة لحسابك لدى { $application }:
mail-password-reset-button = تعيين كلمة مرور جديدة
mail-password-reset-after = كلمة المرور الجديدة تسجّل خروجك من كل مكان.
mail-password-reset-caution = إذا لم تطلب ذلك فتجاهل هذه الرسالة: تبقى كلمة مرورك كما هي. لا تمرّر الرابط إلى أحد.
mail-invitation-subject = لديك دعوة
mail-invitation-subject-to = لديك دعوة إلى { $name }
mail-invitation-subject-inviter = { $inviter } يدعوك
mail-invitation-subject-inviter-to = { $inviter } يدعوك إلى { $name }
mail-invitation-body = أنت مدعو إلى إنشاء حساب. اقبل الدعوة هنا:
mail-invitation-body-to = أنت مدعو للانضمام إلى { $name }. اقبل الدعوة هنا:
mail-invitation-body-on = أنت مدعو للانضمام إلى { $organization } على { $application }. اقبل الدعوة هنا:
mail-invitation-body-inviter = { $inviter } يدعوك إلى إنشاء حساب. اقبل الدعوة هنا:
mail-invitation-body-inviter-to = { $inviter } يدعوك للانضمام إلى { $name }. اقبل الدعوة هنا:
mail-invitation-body-inviter-on = { $inviter } يدعوك للانضمام إلى { $organization } على { $application }. اقبل الدعوة هنا:
mail-invitation-button = قبول الدعوة
mail-invitation-lifetime = الرابط لك وحدك ويعمل مرة واحدة، لمدة { $duration }.
mail-invitation-caution = إذا كنت لا تعرف ممن هذه الرسالة فتجاهلها: لا يحدث شيء ما لم تقبل.

sms-code = رمزك هو { $code }. وهو صالح لمدة { $duration }.
sms-code-named = رمزك لدى { $application } هو { $code }. وهو صالح لمدة { $duration }.

factor-lead-phone = أدخل الأرقام الستة التي أرسلناها إلى هاتفك { $telephone }. وهي صالحة لمدة { $duration }.
factor-confirm-phone = تأكيد هاتفك
factor-none-yet = ألم تصل الرسالة بعد؟
factor-other-way = جرّب طريقة أخرى
factor-set-up-other-way = إعداد طريقة أخرى
factor-choice-lead = يحتاج حسابك إلى خطوة ثانية. كيف تريد إجراءها؟
factor-app = تطبيق مصادقة
factor-app-hint = يعمل دون شبكة ولا يمكن اعتراضه.
factor-text = رسالة نصية
factor-text-hint = نرسل رمزًا إلى هاتفك.
factor-ways-lead = كيف تريد إجراء الخطوة الثانية؟
factor-use-app = استخدام تطبيق المصادقة
factor-use-text = تلقّي رسالة نصية على { $telephone }
signing-in-as = تسجيل الدخول باسم { $email }.
recovery-use = استخدام رمز استرداد
recovery-lead = أدخل أحد الرموز التي حفظتها عند إعداد تسجيل الدخول بخطوتين. كل رمز يعمل مرة واحدة.
recovery-code = رمز الاسترداد
recovery-hint = ستة عشر حرفًا ورقمًا، مثل { $example }.
recovery-renew = أنشئ رموز استرداد جديدة. ستتوقف القديمة عن العمل.
recovery-codes-title = احفظ رموز الاسترداد
recovery-codes-lead = إذا فقدت هاتفك أو تطبيقك فسيتيح لك أحد هذه الرموز الدخول. كل رمز يعمل مرة واحدة. لا تُعرض إلا الآن، فاحفظها في مكان آمن قبل أن تتابع.
recovery-codes-download = تنزيلها في ملف
recovery-codes-keep = يمكنك أيضًا طباعة هذه الصفحة أو نسخ الرموز.
recovery-codes-saved = لقد حفظتها
telephone-title = إعداد هاتفك
telephone-lead = نرسل إليه رمزًا في كل مرة تسجّل فيها الدخول.
telephone-number = رقم الهاتف
telephone-hint = مع رمز بلدك، مثل { $example }.
telephone-submit = إرسال رمز
problem-way-gone = لم تعد هذه الطريقة متاحة. اختر طريقة أخرى.
problem-text-code = الرمز غير صحيح. تحقق من كل رقم في أحدث رمز.
problem-text-code-old = الرمز قديم. اطلب رمزًا جديدًا.
problem-text-not-sent = تعذر إرسال رسالة الآن: تلقى هذا الهاتف رسائل كثيرة أو لا يمكنه تلقيها. انتظر بضع دقائق أو جرّب طريقة أخرى.
problem-telephone = لا يمكننا إرسال رسالة إلى رقم الهاتف هذا.

passkey-title = استخدم مفتاح المرور
passkey-lead = يطلب جهازك بصمتك أو وجهك أو قفل الشاشة للمتابعة إلى { $application }.
passkey-unavailable = لا يمكن لهذا المتصفح استخدام مفاتيح المرور هنا، أو أن البرامج النصية معطلة.
passkey-sign-in = تسجيل الدخول بمفتاح مرور
passkey-instead = استخدام مفتاح مرور بدلًا من ذلك
passkey-failed = لم ينجح ذلك. حاول مجددًا أو تابع بطريقة أخرى.
passkey-offer-title = سجّل الدخول أسرع في المرة القادمة
passkey-offer-lead = بمفتاح المرور تسجّل الدخول ببصمتك أو وجهك أو قفل الشاشة. لا يمكن لأحد سرقته أو تخمينه، ولا حاجة إلى كتابة كلمة مرور.
passkey-offer-create = إنشاء مفتاح مرور
passkey-offer-later = ليس الآن
passkeys-title = مفاتيح المرور الخاصة بك
passkeys-lead = يسجّل مفتاح المرور دخولك ببصمتك أو وجهك أو قفل الشاشة.
passkeys-none = ليس لديك مفتاح مرور بعد.
passkeys-add = إضافة مفتاح مرور
passkeys-confirm = لتغيير أي شيء هنا، أثبت مرة أخرى أنك أنت.
passkeys-added-on = أُضيف في { $date }
passkeys-used-on = آخر استخدام في { $date }
passkeys-synchronized = على جميع أجهزتك
passkeys-change = إعادة التسمية أو الإزالة
passkeys-change-named = إعادة تسمية { $name } أو إزالته
name = الاسم
save = حفظ
remove = إزالة
remove-named = إزالة { $name }
passkey-added = أُضيف مفتاح المرور.
passkey-renamed = أُعيدت تسمية مفتاح المرور.
passkey-removed = أُزيل مفتاح المرور. احذفه أيضًا من جهازك أو من مدير كلمات المرور.
problem-passkey-late = استغرق ذلك وقتًا طويلًا. حاول مجددًا.
problem-passkey-refused = لم يُقبل مفتاح المرور هذا. حاول مجددًا أو سجّل الدخول بطريقة أخرى.
problem-passkey-removed = أُزيل مفتاح المرور هذا من حسابك. سجّل الدخول بطريقة أخرى.
problem-passkey-copied = لم يُقبل مفتاح المرور هذا لأنه يبدو أن هناك نسخة منه. سجّل الدخول بطريقة أخرى وأزله من حسابك.
problem-passkey-known = مفتاح المرور هذا مستخدم بالفعل.
problem-passkey-many = لديك أقصى عدد ممكن من مفاتيح المرور. أزل واحدًا أولًا.
problem-passkey-name = أعطِ مفتاح المرور اسمًا لا يتجاوز عدد أحرفه { $count }.
failure-signed-out = لم يسجّل أحد الدخول في هذا المتصفح. سجّل الدخول إلى تطبيقك أولًا ثم عُد.
failure-acting = لا يمكن لمن يتصرف باسم مستخدم أن يغيّر طريقة تسجيل دخول ذلك المستخدم.

device-title = ربط جهاز
device-lead = أدخل الرمز الذي يعرضه جهازك.
device-code = رمز الجهاز
device-code-caution = لا تُدخل إلا رمزًا طلبته بنفسك على جهاز أمامك. لا يحتاج إليه أحد يساعدك.
device-approve-title = هل تسمح لهذا الجهاز بتسجيل الدخول؟
device-approve-lead = سيتصرف باسمك في { $application }. قارن الرمز بالرمز الذي يعرضه الجهاز:
device-account = الحساب
device-organization = المؤسسة
device-from = مصدر الطلب
device-program = البرنامج
device-caution = هل أرسل إليك أحد هذا الرمز أو رابط هذه الصفحة؟ إذن ارفض: سيدخل إلى حسابك.
device-yes = نعم، هذا جهازي
device-no = لا، لا تسمح له
device-wrong-account = ليس الحساب الصحيح؟
device-other-account = تسجيل الدخول بحساب آخر
device-approved-title = تم تسجيل دخول جهازك
device-approved-lead = عُد إليه. يمكنك إغلاق هذه الصفحة.
device-denied-title = لم يُسمح للجهاز
device-denied-lead = لم يسجّل أحد الدخول. إذا لم تبدأ هذا بنفسك فربما حاول شخص الدخول إلى حسابك: أخبر القائم على { $application }.
problem-device-code = لا ينتظر أي جهاز بهذا الرمز. تحقق منه أو ابدأ من جديد على الجهاز.

acting-label = التصرف باسم مستخدم
acting = يتصرف { $impersonator } باسم { $user }.
acting-stop = إنهاء
acting-title = التصرف باسم { $user }
impersonation-lead = سيُسجَّل دخول { $impersonator } إلى { $application } بصفة هذا المستخدم. المدة بالدقائق: { $minutes }. توضّح الجلسة من يتصرّف ولماذا:
impersonation-lead-organization = سيُسجَّل دخول { $impersonator } إلى { $application } في { $organization } بصفة هذا المستخدم. المدة بالدقائق: { $minutes }. توضّح الجلسة من يتصرّف ولماذا:
failure-impersonation-over = لم يعد هذا الرابط صالحًا: لقد استُخدم أو مضى عليه أكثر من عشر دقائق. أنشئ رابطًا جديدًا.
onward-title = لحظة واحدة
onward-lead = جارٍ نقلك إلى { $application }…
another-way-title = سجّل الدخول بطريقة أخرى
another-way-sso = لا يمكن الدخول إلى { $name } إلا عبر تسجيل الدخول الخاص بها (الدخول الموحد). ابدأ من هناك أو اسأل المسؤول عنها.
another-way-sso-only = لا يمكن الدخول إلى { $name } إلا عبر تسجيل الدخول الخاص بها (الدخول الموحد).
another-way-choose = لدى { $name } تسجيل دخول خاص بها (الدخول الموحد). هذه الطرق متاحة لك:
another-way-sso-go = المتابعة بالدخول الموحد
sso-title = الدخول الموحد
sso-lead = جارٍ نقلك إلى تسجيل الدخول في { $name }…
another-way-open = لا تسمح { $name } بالطريقة التي دخلت بها. هذه الطريقة متاحة لك:
another-way-none = لا تسمح { $name } بالطريقة التي دخلت بها. اسأل المسؤول عنها.
another-way-code = إرسال رمز بالبريد الإلكتروني
another-way-password = استخدام كلمة مرور
problem-organization-method = لا تسمح هذه المؤسسة بالطريقة التي سجّلت بها الدخول. اختر غيرها أو سجّل الدخول بطريقة أخرى.
provider-continue = المتابعة باستخدام { $provider }
problem-provider-denied = لم يسجّل أحد الدخول هناك. حاول مجددًا أو سجّل الدخول بطريقة أخرى.
problem-provider = لم ينجح تسجيل الدخول هناك. حاول مجددًا أو سجّل الدخول بطريقة أخرى.
problem-provider-outside = لا تسمح المؤسسة بهذا الحساب. استخدم حسابًا من حسابات المؤسسة أو اسأل المسؤول عنها.
problem-recovery-code = هذا ليس أحد رموز الاسترداد الخاصة بك، أو سبق استخدامه.

mail-magic-link-subject = رابط تسجيل الدخول
mail-magic-link-subject-named = رابط تسجيل الدخول إلى { $application }
mail-magic-link-body = سجّل الدخول بهذا الرابط:
mail-magic-link-body-named = سجّل الدخول إلى { $application } بهذا الرابط:
mail-magic-link-button = تسجيل الدخول
mail-magic-link-caution = إن لم تكن قد طلبت ذلك فتجاهل هذه الرسالة: لا يدخل أحد دون الرابط. لا تعطه لأحد.
mail-email-change-button = تأكيد العنوان
mail-waitlist-subject = أنت في قائمة الانتظار
mail-waitlist-subject-named = أنت في قائمة انتظار { $application }
mail-waitlist-body = سنراسلك مجددًا عندما يحين دورك. لا يلزمك فعل شيء حتى ذلك الحين.
mail-waitlist-caution = إن لم تكن قد طلبت ذلك فتجاهل هذه الرسالة: ربما كتب أحدهم عنوانك عن طريق الخطأ.
failure-email-change-over = لم يعد هذا الرابط صالحًا: فقد استُخدم، أو مضى عليه وقت طويل، أو أُرسل رابط أحدث. اطلب رابطًا جديدًا حيث تغيّر عنوانك.
failure-magic-link-over = لم يعد هذا الرابط صالحًا: فقد استُخدم أو مضى عليه وقت طويل. اطلب رابطًا جديدًا حيث تسجّل الدخول.
email-change-title = تأكيد بريدك الجديد
email-change-lead = من الآن فصاعدًا تسجّل الدخول إلى { $application } بهذا العنوان:
email-change-submit = تغيير بريدي
email-change-done-title = تم تغيير البريد
email-change-done-lead = استخدم هذا العنوان من الآن فصاعدًا. يمكنك إغلاق الصفحة.
email-new = البريد الإلكتروني الجديد
email-change-mailed = رابط تأكيد العنوان الجديد في طريقه إليه، ما لم يكن مستخدمًا من قبل شخص آخر.
problem-email-same = هذا هو بريدك الإلكتروني بالفعل.
problem-email-managed = تحدّد مؤسستك بريدك الإلكتروني، ولا يمكن تغييره هنا.
magic-link-title = تسجيل الدخول
magic-link-lead = نقرة أخرى وتكون قد سجّلت الدخول إلى { $application } بعنوان:
waitlist-title = الانضمام إلى قائمة الانتظار
waitlist-lead = يستقبل { $application } المستخدمين الجدد تدريجيًا. اترك بريدك الإلكتروني وسنراسلك عندما يحين دورك.
waitlist-joined-title = شكرًا لك
waitlist-joined-lead = سنراسل هذا العنوان عندما يحين دورك:
mail-passkey-added-subject = أُضيف مفتاح مرور إلى حسابك
mail-passkey-added-subject-named = أُضيف مفتاح مرور إلى حسابك لدى { $application }
mail-passkey-added-body = من الآن فصاعدًا يتيح مفتاح المرور هذا تسجيل الدخول إلى حسابك: { $name }
mail-passkey-added-body-named = من الآن فصاعدًا يتيح مفتاح المرور هذا تسجيل الدخول إلى حسابك لدى { $application }: { $name }
mail-passkey-added-caution = إذا لم تكن أنت من فعل ذلك، فقد دخل شخص آخر إلى حسابك: أزل مفتاح المرور وعيّن كلمة مرور جديدة.
mail-recovery-code-used-subject = استُخدم رمز استرداد لحسابك
mail-recovery-code-used-subject-named = استُخدم رمز استرداد لحسابك لدى { $application }
mail-recovery-code-used-body = سجّل شخص ما الدخول إلى حسابك قبل قليل بأحد رموز الاسترداد الخاصة بك. لم يعد هذا الرمز صالحًا.
mail-recovery-code-used-body-named = سجّل شخص ما الدخول إلى حسابك لدى { $application } قبل قليل بأحد رموز الاسترداد الخاصة بك. لم يعد هذا الرمز صالحًا.
mail-recovery-code-used-left = الرموز المتبقية: { $count }
mail-recovery-code-used-caution = إذا لم تكن أنت من فعل ذلك، فقد دخل شخص آخر إلى حسابك: عيّن كلمة مرور جديدة وأنشئ رموز استرداد جديدة.

## The challenge of a risky sign-in

mail-radar-challenge-subject = هل أنت من يسجّل الدخول؟
mail-radar-challenge-subject-named = هل أنت من يسجّل الدخول إلى { $application }؟
mail-radar-challenge-body = يسجّل شخص ما الدخول إلى حسابك بطريقة غير معتادة. إذا كنت أنت، فتابع بهذا الرمز:
mail-radar-challenge-body-named = يسجّل شخص ما الدخول إلى حسابك لدى { $application } بطريقة غير معتادة. إذا كنت أنت، فتابع بهذا الرمز:
mail-radar-challenge-caution = إذا لم تكن أنت، فلا تعط الرمز لأحد وغيّر كلمة المرور: يبدو أن شخصًا ما يعرفها.
challenge-title = أكّد أنك أنت
challenge-lead = يبدو تسجيل الدخول هذا غير معتاد. أدخل الأرقام الستة التي أرسلناها إليك بالبريد الإلكتروني. وهي صالحة لمدة { $duration }.
challenge-lead-phone = أدخل الأرقام الستة التي أرسلناها إلى { $telephone }. وهي صالحة لمدة { $duration }.
challenge-phone-lead = لإبعاد البرامج الآلية، نرسل رمزًا إلى هاتفك لهذه المرة فقط.
challenge-change-phone = استخدام رقم آخر
blocked-title = لا يمكنك تسجيل الدخول من هنا
blocked-lead = أُوقفت هذه المحاولة لحماية الحسابات. إذا كنت ترى أن ذلك خطأ، فاطلب المساعدة من الموقع الذي أتيت منه.
blocked-back = الرجوع

## رسائل إلى من يدير التطبيق

mail-webhook-endpoint-disabled-subject = تم تعطيل نقطة نهاية للويب هوك
mail-webhook-endpoint-disabled-subject-named = تم تعطيل نقطة نهاية للويب هوك في { $application }
mail-webhook-endpoint-disabled-body = تعذّر تسليم أي شيء إلى نقطة نهاية الويب هوك هذه لفترة طويلة، لذا تم تعطيلها: { $endpoint }
mail-webhook-endpoint-disabled-body-named = تعذّر تسليم أي شيء إلى نقطة نهاية الويب هوك هذه في { $application } لفترة طويلة، لذا تم تعطيلها: { $endpoint }
mail-webhook-endpoint-disabled-caution = عندما تعمل من جديد، فعّلها ثم أعد إرسال ما فاتها.

denied-title = لا يمكنك المتابعة
denied-lead = لا يسمح لك التطبيق بالدخول. إذا كنت ترى أن ذلك خطأ، فاطلب المساعدة من الموقع الذي أتيت منه.

portal-open-title = إعداد { $organization }
portal-open-lead = يتيح لك { $application } إعداد هذه المؤسسة. يفتح الرابط البوابة مرة واحدة في هذا المتصفح.
portal-open-submit = فتح البوابة
portal-sso-hint = دع أفراد مؤسستك يسجّلون الدخول من حيث يعملون
portal-domains = النطاقات
portal-domains-hint = أثبت أن نطاقاتك ملكك
portal-certificates = الشهادات
portal-certificates-hint = جدّد شهادات موفّر الهوية لديك
portal-audit-logs = سجل التدقيق
portal-audit-logs-hint = اطّلع على من فعل ماذا واحصل عليه في ملف
portal-log-streams = تدفقات السجل
portal-log-streams-hint = أرسل سجل التدقيق إلى حيث تحفظ السجلات
portal-return = العودة إلى { $application }
portal-back = رجوع
portal-finish = إنهاء
portal-done-title = شكرًا لك
portal-done-lead = تم إعداد { $organization } كما تركتها. يمكنك إغلاق هذه الصفحة.
portal-refused = لم يُقبل ذلك.
portal-saved = تم الحفظ.
portal-removed = تمت الإزالة.
portal-sent = استلم المستقبِل حدث الاختبار.
portal-looking = نبحث عن السجل. أعد تحميل الصفحة بعد دقيقة.
portal-state-draft = لم يُعدّ بعد
portal-state-validating = جاهز للاختبار
portal-state-active = مفعّل
portal-state-inactive = متوقف
portal-state-pending = لم يثبت بعد
portal-state-verified = مثبت
portal-state-failed = لم يثبت في الوقت المحدد
portal-state-error = لا يصل
portal-state-invalid = يرفض بيانات الاعتماد
portal-sso-none = لا يوجد اتصال بموفّر هوية بعد.
portal-sso-add = إضافة موفّر هوية
portal-provider = موفّر الهوية
portal-provider-saml = موفّر آخر عبر SAML
portal-provider-oidc = موفّر آخر عبر OpenID Connect
portal-copy = 1. أعدّ تطبيقًا لدى موفّر الهوية
portal-copy-hint = انسخ ما يلي إليه:
portal-give = 2. أخبرنا أين موفّر الهوية لديك
portal-give-hint = يعرض ذلك بعد إعداد التطبيق.
portal-by-url = بعنوان بياناته الوصفية
portal-by-file = بنص بياناته الوصفية
portal-by-hand = يدويًا
portal-attributes = 3. ما نقرؤه عن كل شخص
portal-attributes-hint = تُعرف الأسماء المعتادة تلقائيًا. اكتب ما يسمّيه موفّر الهوية بأسماء أخرى.
portal-attribute-id = المعرّف
portal-attribute-groups = المجموعات
portal-use = 4. اختبره وفعّله
portal-test = اختبار تسجيل الدخول
portal-test-hint = تسجّل الدخول لدى موفّر الهوية وترى ما يُقال لنا. لا يسجّل ذلك دخولك إلى { $application }. أول تسجيل دخول ناجح يفعّل الاتصال.
portal-test-title = ما عاد إلينا
portal-test-good = إنه يعمل. هذا ما قيل لنا عنك:
portal-test-failed = لا يعمل بعد.
portal-test-raw = كل ما قيل
portal-activate = تفعيل
portal-activate-hint = من ذلك الحين يسجّل أفراد مؤسستك الدخول به.
portal-deactivate = إيقاف
portal-deactivate-hint = لا يسجّل أحد الدخول به حتى تفعّله من جديد. من سجّل دخوله يبقى كذلك.
portal-delete = حذف
portal-delete-sure = نعم، أنا متأكد
portal-delete-connection = لا يمكن لأحد تسجيل الدخول به بعد ذلك، ولا بد من إعداده من جديد لاستعادته.
portal-delete-stream = لن تُرسل أحداث بعد ذلك وتُنسى بيانات الاعتماد. يبقى سجل التدقيق.
problem-portal-sure = ضع علامة على أنك متأكد.
portal-domains-none = لا يوجد نطاق بعد.
portal-domain = النطاق
portal-domain-add = إضافة نطاق
portal-domain-record = أنشئ هذا السجل حيث يُدار النطاق. سنبحث عنه مرارًا.
portal-domain-check = تحقق الآن
portal-domain-remove = من لديه عنوان هناك لن يُعدّ من أفراد مؤسستك.
portal-type = النوع
portal-value = القيمة
portal-certificates-none = لا يوجد اتصال له شهادة.
portal-certificate-ends = تنتهي في { $date }
portal-certificate-soon = تنتهي قريبًا: في { $date }
portal-certificate-over = انتهت في { $date }
portal-certificate = الشهادة
portal-certificate-add = إضافة شهادة جديدة
portal-certificate-hint = كلتاهما صالحتان معًا. أزل القديمة عندما يستخدم موفّر الهوية الجديدة.
portal-read-again = قراءة البيانات الوصفية من جديد
portal-read-again-hint = يخبرنا موفّر الهوية بشهاداته بنفسه مرة كل يوم.
portal-events-none = لا توجد أحداث كهذه.
portal-search = بحث
portal-action = الإجراء
portal-newer = الأحدث
portal-older = الأقدم
portal-export = تصدير بصيغة CSV
portal-export-hint = ملف بأحداث آخر 90 يومًا.
portal-export-pending = يجري إعداد الملف. أعد تحميل هذه الصفحة بعد لحظات.
portal-export-ready = الملف جاهز.
portal-export-download = تنزيل الملف
portal-export-failed = تعذّر إعداد الملف. حاول مرة أخرى لاحقًا.
portal-streams-none = لا يُرسل سجل التدقيق إلى أي مكان بعد.
portal-stream-add = إضافة مستقبِل
portal-receiver = المستقبِل
portal-stream-test = إرسال حدث اختبار
portal-synced = آخر استلام في { $date }
portal-waiting = { $count ->
    [zero] لا أحداث في الانتظار
    [one] حدث واحد في الانتظار
    [two] حدثان في الانتظار
    [few] { $count } أحداث في الانتظار
    [many] { $count } حدثًا في الانتظار
   *[other] { $count } حدث في الانتظار
}
failure-portal-over = لم يعد هذا الرابط يعمل: فقد فُتح، أو سُحب، أو مضى عليه وقت طويل. اطلب رابطًا جديدًا من حيث حصلت عليه.
failure-portal-elsewhere = الرابط الذي أتيت به كان لغرض آخر. اطلب رابطًا آخر من حيث حصلت عليه.
