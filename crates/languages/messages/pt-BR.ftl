# Português do Brasil

duration-seconds = { $count ->
    [one] um segundo
   *[other] { $count } segundos
}
duration-minutes = { $count ->
    [one] um minuto
   *[other] { $count } minutos
}
duration-hours = { $count ->
    [one] uma hora
   *[other] { $count } horas
}
duration-days = { $count ->
    [one] um dia
   *[other] { $count } dias
}
date = { $day } de { $month ->
    [1] janeiro
    [2] fevereiro
    [3] março
    [4] abril
    [5] maio
    [6] junho
    [7] julho
    [8] agosto
    [9] setembro
    [10] outubro
    [11] novembro
   *[12] dezembro
} de { $year }

error-prefix = Erro:
problems-title = { $count ->
    [one] Há um ponto a corrigir:
   *[other] Há { $count } pontos a corrigir:
}
development-inbox = Servidor de desenvolvimento: os e-mails chegam à caixa de entrada
email = E-mail
password = Senha
new-password = Nova senha
code = Código
show = Mostrar
hide = Ocultar
change = Alterar
change-address = Alterar endereço
or = ou
sign-in = Entrar
verify = Verificar
back-to-sign-in = Voltar para o login
use-another-account = Usar outra conta
terms-of-service = Termos de serviço
privacy-policy = Política de privacidade
support = Obter ajuda

sign-in-title = Entrar
sign-in-lead = para continuar em { $application }
continue = Continuar
sign-in-new-here = É novo em { $application }?
sign-in-create = Criar uma conta

password-title = Digite sua senha
password-heading = Boas-vindas de volta
password-lead = Digite sua senha para continuar em { $application }.
password-forgotten = Esqueceu a senha?
password-code-instead = Receber um código por e-mail

sign-up-title = Crie sua conta
sign-up-lead = para continuar em { $application }
sign-up-joining = Você está entrando em { $organization } no { $application }.
first-name = Nome
last-name = Sobrenome
sign-up-submit = Criar conta
sign-up-known = Já tem uma conta?

code-title = Verifique seu e-mail
verify-email-title = Confirme seu e-mail
code-lead = Digite os seis dígitos que enviamos por e-mail. Eles valem por { $duration }.
code-none-yet = Ainda não recebeu o e-mail?
code-send-again = Enviar um novo código
code-password-instead = Usar a senha
code-on-its-way = Um novo código está a caminho. Ele substitui o anterior.

forgotten-title = Redefina sua senha
forgotten-lead = Enviaremos um link para você escolher uma nova.
forgotten-submit = Enviar link
reset-sent-title = Verifique seu e-mail
reset-sent-lead = Se houver uma conta com este endereço, um link para redefinir a senha está a caminho. Ele vale por { $duration }.
reset-title = Escolha uma nova senha
reset-lead = Ela substitui a antiga em todos os lugares, e os outros dispositivos são desconectados.
reset-submit = Salvar nova senha
reset-done-title = Senha alterada
reset-done-lead = Use a nova senha a partir de agora. Todas as outras sessões foram encerradas.
reset-done-go-back = Volte para { $application } para entrar.

factor-title = Login em duas etapas
factor-lead-app = Digite os seis dígitos que seu aplicativo autenticador mostra agora.
enrolment-title = Configure o login em duas etapas
enrolment-lead = Sua conta precisa de uma segunda etapa. Qualquer aplicativo autenticador serve.
enrolment-scan = Escaneie isto com seu aplicativo autenticador.
enrolment-open = Abrir neste dispositivo
enrolment-picture = Imagem para escanear com um aplicativo autenticador
enrolment-key = Sem câmera? Digite esta chave no aplicativo:
enrolment-code = Digite os seis dígitos que o aplicativo mostra.

organization-title = Escolha uma organização
organization-lead = Você faz parte de várias. Poderá trocar depois.
organization-signed-in-as = Conectado como { $email }.
invitation-title = Entrar em { $name }
invitation-lead-inviter-organization = { $inviter } convidou você para trabalhar com { $organization } no { $application }. O convite é para este endereço:
invitation-lead-inviter = { $inviter } convidou você para { $application }. O convite é para este endereço:
invitation-lead-organization = Você recebeu um convite para trabalhar com { $organization } no { $application }. O convite é para este endereço:
invitation-lead = Você recebeu um convite para { $application }. O convite é para este endereço:
invitation-accept = Aceitar convite
invitation-unexpected = Não esperava por isto? Você pode fechar a página; nada acontecerá.
returning-title = Conectado
returning-heading = Login concluído
returning-lead = Levando você de volta para { $application }…
returning-stuck = Nada aconteceu?
returning-by-hand = Continuar manualmente
signed-out-title = Desconectado
signed-out-heading = Você saiu da conta
signed-out-lead = Até breve. Em um computador compartilhado, feche também a janela do navegador.
signed-out-again = Entrar novamente

problem-credentials = Este e-mail e esta senha não correspondem.
problem-code = O código está incorreto ou é antigo demais. Confira cada dígito do mais recente ou peça um novo.
problem-code-used = Este código já foi usado. Peça um novo.
problem-app-code = O código está incorreto. Use o que aparece agora.
problem-app-code-used = Este código já foi usado. Aguarde o próximo.
problem-app-code-attempts = Houve códigos incorretos demais. Aguarde um pouco e entre novamente.
problem-organization = Esta conta não faz parte da organização solicitada. Use outra conta ou peça um convite.
problem-not-a-member = Você não faz mais parte dela. Escolha outra.
problem-invitation = O convite já foi usado ou expirou.
problem-invitation-sign-in = O convite já foi usado ou expirou. Se você tem uma conta, entre com ela.
problem-invitation-address = O convite é para outro endereço.
problem-sign-up-closed = Aqui não é possível criar uma conta sem convite.
problem-password-disabled = Aqui não é possível entrar com senha.
problem-method = Aqui não é possível entrar desta forma.
problem-busy = Há atividade demais no momento. Tente novamente em instantes.
problem-too-many = Houve tentativas demais. Aguarde { $duration } e tente novamente.
problem-late = Demorou demais e este login expirou. Comece de novo.
problem-email-missing = Digite seu e-mail.
problem-email = “{ $typed }” não é um endereço de e-mail. Ele deve ser parecido com nome@example.com.
problem-email-taken = Já existe uma conta com este e-mail. Entre com ela.
problem-name-length = Este nome é longo demais.

password-hint = Pelo menos { $count } caracteres. Algumas palavras sem relação entre si funcionam bem.
password-hint-with = Pelo menos { $count } caracteres, com { $kinds }. Algumas palavras sem relação entre si funcionam bem.
kind-lowercase = uma letra minúscula
kind-uppercase = uma letra maiúscula
kind-number = um dígito
kind-symbol = um símbolo
kinds-and = { $first } e { $last }
kinds-comma = { $first }, { $rest }
password-too-short = A senha deve ter pelo menos { $count } caracteres.
password-too-long = A senha deve ter no máximo { $count } caracteres.
password-contains-email = A senha não pode conter o endereço de e-mail.
password-lacks = A senha deve conter { $kinds }.
password-used-before = Você já usou esta senha antes. Escolha outra.
password-too-weak = A senha é fácil demais de adivinhar.
password-weak-common = Ela é muito comum ou parecida com uma comum.
password-weak-keyboard = Padrões do teclado são fáceis de adivinhar.
password-weak-repeats = Repetições são fáceis de adivinhar.
password-weak-sequence = Sequências como abc ou 6543 são fáceis de adivinhar.
password-weak-date = Datas e anos são fáceis de adivinhar.
password-weak-word = Uma única palavra é fácil de adivinhar.
password-weak-name = Nomes são fáceis de adivinhar.

failure-request-id = Se pedir ajuda, informe este identificador da solicitação:
failure-detail = Em detalhe:
failure-title-invalid = Não funcionou
failure-title-forbidden = Não é possível continuar daqui
failure-title-not-found = Não há nada aqui
failure-title-over = Isto expirou
failure-title-too-large = Foi demais
failure-title-timeout = Demorou demais
failure-title-too-many = Tentativas demais
failure-title-internal = Algo deu errado
failure-title-unavailable = Agora não
failure-invalid = Volte para onde você estava e tente novamente.
failure-internal = A falha é nossa. Tente novamente em instantes; se acontecer de novo, avise quem administra este serviço.
failure-sign-in-over = Este login terminou, durou mais de uma hora ou foi iniciado em outro navegador. Volte para o aplicativo e comece de novo.
failure-link-over = Este link não funciona mais: já foi usado, tem mais de uma hora ou um mais recente foi enviado. Peça um novo onde você faz login.
failure-invitation-over = Este convite já foi aceito, foi retirado ou expirou. Se você tem uma conta, entre com ela; caso contrário, peça um novo convite a quem convidou você.
failure-invitation-nowhere = O aplicativo ainda não tem um endereço para levar você. Avise quem convidou você.
failure-form = O formulário não veio desta página neste navegador. Talvez os cookies estejam desativados ou a página seja de antes de o navegador ser fechado. Volte, recarregue a página e tente mais uma vez.

mail-code-lifetime = Ele funciona uma vez e vale por { $duration }.
mail-link-lifetime = O link funciona uma vez e vale por { $duration }.
mail-link-stuck = Se o botão não funcionar, abra este endereço no navegador:
mail-magic-auth-subject = Seu código de login
mail-magic-auth-subject-named = Seu código de login para { $application }
mail-magic-auth-body = Entre com este código:
mail-magic-auth-body-named = Entre em { $application } com este código:
mail-magic-auth-caution = Se você não pediu o código, ignore este e-mail: ninguém entra sem ele. Não o passe a ninguém, nem mesmo a quem diz ser do suporte.
mail-email-verification-subject = Confirme seu endereço de e-mail
mail-email-verification-subject-named = Confirme seu endereço de e-mail para { $application }
mail-email-verification-body = Confirme com este código que este endereço é seu:
mail-email-verification-body-named = Confirme com este código que este endereço é seu, para sua conta em { $application }:
mail-email-verification-caution = Se você não pediu o código, ignore este e-mail: alguém pode ter digitado seu endereço por engano, e sem o código nada acontece.
mail-email-change-subject = Confirme seu novo endereço de e-mail
mail-email-change-subject-named = Confirme seu novo endereço de e-mail para { $application }
mail-email-change-body = Torne este o endereço da sua conta com este código:
mail-email-change-body-named = Torne este o endereço da sua conta em { $application } com este código:
mail-email-change-caution = Se você não pediu o código, ignore este e-mail: sem ele, nenhuma conta fica com seu endereço.
mail-password-reset-subject = Defina uma nova senha
mail-password-reset-subject-named = Defina uma nova senha para { $application }
mail-password-reset-body = Defina uma nova senha aqui:
mail-password-reset-body-named = Defina aqui uma nova senha para sua conta em { $application }:
mail-password-reset-button = Definir nova senha
mail-password-reset-after = Uma nova senha desconecta você de todos os lugares.
mail-password-reset-caution = Se você não pediu isto, ignore este e-mail: sua senha continua a mesma. Não repasse o link a ninguém.
mail-invitation-subject = Você recebeu um convite
mail-invitation-subject-to = Você recebeu um convite para { $name }
mail-invitation-subject-inviter = { $inviter } convidou você
mail-invitation-subject-inviter-to = { $inviter } convidou você para { $name }
mail-invitation-body = Você recebeu um convite para criar uma conta. Aceite aqui:
mail-invitation-body-to = Você recebeu um convite para entrar em { $name }. Aceite aqui:
mail-invitation-body-on = Você recebeu um convite para entrar em { $organization } no { $application }. Aceite aqui:
mail-invitation-body-inviter = { $inviter } convidou você a criar uma conta. Aceite aqui:
mail-invitation-body-inviter-to = { $inviter } convidou você a entrar em { $name }. Aceite aqui:
mail-invitation-body-inviter-on = { $inviter } convidou você a entrar em { $organization } no { $application }. Aceite aqui:
mail-invitation-button = Aceitar o convite
mail-invitation-lifetime = O link é só para você e funciona uma vez, por { $duration }.
mail-invitation-caution = Se você não sabe de quem é, ignore este e-mail: nada acontece se você não aceitar.

sms-code = Seu código é { $code }. Ele vale por { $duration }.
sms-code-named = Seu código de { $application } é { $code }. Ele vale por { $duration }.

factor-lead-phone = Digite os seis dígitos que enviamos para seu telefone, { $telephone }. Eles valem por { $duration }.
factor-confirm-phone = Confirme seu telefone
factor-none-yet = Ainda não recebeu a mensagem?
factor-other-way = Tentar de outra forma
factor-set-up-other-way = Configurar outra forma
factor-choice-lead = Sua conta precisa de uma segunda etapa. Como você quer realizá-la?
factor-app = Aplicativo autenticador
factor-app-hint = Funciona sem rede e não pode ser interceptado.
factor-text = Mensagem de texto
factor-text-hint = Enviamos um código para seu telefone.
factor-ways-lead = Como você quer realizar a segunda etapa?
factor-use-app = Usar o aplicativo autenticador
factor-use-text = Receber uma mensagem de texto em { $telephone }
signing-in-as = Entrando como { $email }.
recovery-use = Usar um código de recuperação
recovery-lead = Digite um dos códigos que você salvou ao configurar o login em duas etapas. Cada um funciona uma vez.
recovery-code = Código de recuperação
recovery-hint = Dezesseis letras e dígitos, como { $example }.
recovery-renew = Criar novos códigos de recuperação. Os antigos deixarão de funcionar.
recovery-codes-title = Salve seus códigos de recuperação
recovery-codes-lead = Se você perder o telefone ou o aplicativo, um destes códigos permite entrar. Cada um funciona uma vez. Eles só aparecem agora; guarde-os em um lugar seguro antes de continuar.
recovery-codes-download = Baixar como arquivo
recovery-codes-keep = Você também pode imprimir esta página ou copiá-los.
recovery-codes-saved = Já salvei
telephone-title = Configure seu telefone
telephone-lead = Enviamos um código para ele a cada login.
telephone-number = Número de telefone
telephone-hint = Com o código do país, como { $example }.
telephone-submit = Enviar código
problem-way-gone = Essa forma não existe mais. Escolha outra.
problem-text-code = O código está incorreto. Confira cada dígito do mais recente.
problem-text-code-old = O código é antigo demais. Peça um novo.
problem-text-not-sent = Não foi possível enviar uma mensagem agora: este telefone recebeu mensagens demais ou não pode recebê-las. Aguarde alguns minutos ou tente de outra forma.
problem-telephone = Não podemos enviar mensagens para este número de telefone.

passkey-title = Use sua chave de acesso
passkey-lead = Seu dispositivo pede sua impressão digital, seu rosto ou o bloqueio de tela para continuar em { $application }.
passkey-unavailable = Este navegador não pode usar chaves de acesso aqui, ou os scripts estão desativados.
passkey-sign-in = Entrar com uma chave de acesso
passkey-instead = Usar uma chave de acesso
passkey-failed = Não funcionou. Tente novamente ou continue de outra forma.
passkey-offer-title = Entre mais rápido da próxima vez
passkey-offer-lead = Com uma chave de acesso, você entra com sua impressão digital, seu rosto ou o bloqueio de tela. Ninguém pode roubá-la nem adivinhá-la, e não há senha para digitar.
passkey-offer-create = Criar uma chave de acesso
passkey-offer-later = Agora não
passkeys-title = Suas chaves de acesso
passkeys-lead = Com uma chave de acesso, você entra com sua impressão digital, seu rosto ou o bloqueio de tela.
passkeys-none = Você ainda não tem chave de acesso.
passkeys-add = Adicionar uma chave de acesso
passkeys-confirm = Para alterar algo aqui, mostre mais uma vez que é você.
passkeys-added-on = Adicionada em { $date }
passkeys-used-on = Usada pela última vez em { $date }
passkeys-synchronized = Em todos os seus dispositivos
passkeys-change = Renomear ou remover
passkeys-change-named = Renomear ou remover: { $name }
name = Nome
save = Salvar
remove = Remover
remove-named = Remover { $name }
passkey-added = A chave de acesso foi adicionada.
passkey-renamed = A chave de acesso foi renomeada.
passkey-removed = A chave de acesso foi removida. Exclua-a também do seu dispositivo ou gerenciador de senhas.
problem-passkey-late = Demorou demais. Tente novamente.
problem-passkey-refused = Esta chave de acesso não foi aceita. Tente novamente ou entre de outra forma.
problem-passkey-removed = Esta chave de acesso foi removida da sua conta. Entre de outra forma.
problem-passkey-copied = Esta chave de acesso não foi aceita porque parece haver uma cópia dela. Entre de outra forma e remova-a da sua conta.
problem-passkey-known = Esta chave de acesso já está em uso.
problem-passkey-many = Você já tem o máximo de chaves de acesso. Remova uma primeiro.
problem-passkey-name = Dê à chave de acesso um nome de no máximo { $count } caracteres.
failure-signed-out = Ninguém está conectado neste navegador. Entre primeiro no seu aplicativo e depois volte.
failure-acting = Quem age como um usuário não pode alterar a forma como esse usuário entra.

device-title = Conectar um dispositivo
device-lead = Digite o código que seu dispositivo mostra.
device-code = Código do dispositivo
device-code-caution = Digite apenas um código que você mesmo pediu, em um dispositivo à sua frente. Ninguém que o ajude precisa de um.
device-approve-title = Permitir que este dispositivo entre?
device-approve-lead = Ele agirá em seu nome em { $application }. Compare o código com o que ele mostra:
device-account = Conta
device-organization = Organização
device-from = Solicitado de
device-program = Programa
device-caution = Alguém enviou este código ou o link desta página para você? Então recuse: essa pessoa entraria na sua conta.
device-yes = Sim, é meu dispositivo
device-no = Não, não permitir
device-wrong-account = Não é a conta certa?
device-other-account = Entrar com outra
device-approved-title = Seu dispositivo está conectado
device-approved-lead = Volte para ele. Você pode fechar esta página.
device-denied-title = O dispositivo ficou de fora
device-denied-lead = Ninguém entrou. Se não foi você quem começou, alguém pode ter tentado entrar na sua conta: avise quem administra { $application }.
problem-device-code = Nenhum dispositivo espera com este código. Confira-o ou comece de novo no dispositivo.

acting-label = Ação em nome de um usuário
acting = { $impersonator } está agindo como { $user }.
acting-stop = Encerrar
acting-title = Agir como { $user }
impersonation-lead = { $impersonator } entrará em { $application } como este usuário por { $minutes } minutos. A sessão informa quem age e por quê:
impersonation-lead-organization = { $impersonator } entrará em { $application }, em { $organization }, como este usuário por { $minutes } minutos. A sessão informa quem age e por quê:
failure-impersonation-over = Este link não funciona mais: já foi usado ou tem mais de dez minutos. Crie um novo.
onward-title = Um momento
onward-lead = Levando você para { $application }…
another-way-title = Entre de outra forma
another-way-sso = Em { $name } só se entra pelo login próprio (login único). Comece por lá ou pergunte ao administrador como entrar.
another-way-sso-only = Em { $name } só se entra pelo login próprio (login único).
another-way-choose = { $name } tem um login próprio (login único). Estas formas estão disponíveis:
another-way-sso-go = Continuar com login único
sso-title = Login único
sso-lead = Levando você ao login de { $name }…
another-way-open = { $name } não permite a forma que você usou. Esta forma está disponível:
another-way-none = { $name } não permite a forma que você usou. Pergunte ao administrador como entrar.
another-way-code = Receber um código por e-mail
another-way-password = Usar uma senha
problem-organization-method = Esta organização não permite a forma que você usou para entrar. Escolha outra ou entre de outra forma.
provider-continue = Continuar com { $provider }
problem-provider-denied = Ninguém entrou por lá. Tente novamente ou entre de outra forma.
problem-provider = O login por lá não funcionou. Tente novamente ou entre de outra forma.
problem-provider-outside = A organização não aceita esta conta. Use uma conta da organização ou pergunte ao administrador.
problem-recovery-code = Este não é um dos seus códigos de recuperação, ou já foi usado.

mail-magic-link-subject = Seu link para entrar
mail-magic-link-subject-named = Seu link para entrar em { $application }
mail-magic-link-body = Entre com este link:
mail-magic-link-body-named = Entre em { $application } com este link:
mail-magic-link-button = Entrar
mail-magic-link-caution = Se você não pediu isto, ignore este e-mail: ninguém entra sem o link. Não o repasse a ninguém.
mail-email-change-button = Confirmar o endereço
mail-waitlist-subject = Você está na lista de espera
mail-waitlist-subject-named = Você está na lista de espera de { $application }
mail-waitlist-body = Escreveremos de novo quando chegar a sua vez. Até lá, não é preciso fazer nada.
mail-waitlist-caution = Se você não pediu isto, ignore este e-mail: alguém pode ter digitado seu endereço por engano.
failure-email-change-over = Este link não funciona mais: foi usado, é antigo demais ou um mais novo foi enviado. Peça outro no lugar onde você muda seu endereço.
failure-magic-link-over = Este link não funciona mais: foi usado ou é antigo demais. Peça outro no lugar onde você entra.
email-change-title = Confirme seu novo e-mail
email-change-lead = De agora em diante você entra em { $application } com este endereço:
email-change-submit = Mudar meu e-mail
email-change-done-title = E-mail alterado
email-change-done-lead = Use este endereço de agora em diante. Você pode fechar a página.
email-new = Novo e-mail
email-change-mailed = Um link de confirmação está a caminho do novo endereço, a menos que alguém já o use.
problem-email-same = Este já é o seu e-mail.
problem-email-managed = Seu e-mail é definido pela sua organização e não pode ser mudado aqui.
magic-link-title = Entrar
magic-link-lead = Mais um clique e você entra em { $application } como:
waitlist-title = Entrar na lista de espera
waitlist-lead = { $application } recebe novas pessoas aos poucos. Deixe seu e-mail e escreveremos quando chegar a sua vez.
waitlist-joined-title = Obrigado
waitlist-joined-lead = Escreveremos para este endereço quando chegar a sua vez:
mail-passkey-added-subject = Uma chave de acesso foi adicionada à sua conta
mail-passkey-added-subject-named = Uma chave de acesso foi adicionada à sua conta em { $application }
mail-passkey-added-body = A partir de agora, esta chave de acesso permite entrar na sua conta: { $name }
mail-passkey-added-body-named = A partir de agora, esta chave de acesso permite entrar na sua conta em { $application }: { $name }
mail-passkey-added-caution = Se não foi você, outra pessoa esteve na sua conta: remova a chave de acesso e defina uma nova senha.
mail-recovery-code-used-subject = Um código de recuperação da sua conta foi usado
mail-recovery-code-used-subject-named = Um código de recuperação da sua conta em { $application } foi usado
mail-recovery-code-used-body = Alguém acabou de entrar na sua conta com um dos seus códigos de recuperação. Esse código não funciona mais.
mail-recovery-code-used-body-named = Alguém acabou de entrar na sua conta em { $application } com um dos seus códigos de recuperação. Esse código não funciona mais.
mail-recovery-code-used-left = Códigos restantes: { $count }
mail-recovery-code-used-caution = Se não foi você, outra pessoa esteve na sua conta: defina uma nova senha e crie novos códigos de recuperação.

## The challenge of a risky sign-in

mail-radar-challenge-subject = É você que está entrando?
mail-radar-challenge-subject-named = É você que está entrando em { $application }?
mail-radar-challenge-body = Alguém está entrando na sua conta de um jeito incomum. Se for você, continue com este código:
mail-radar-challenge-body-named = Alguém está entrando na sua conta em { $application } de um jeito incomum. Se for você, continue com este código:
mail-radar-challenge-caution = Se não for você, não passe o código a ninguém e mude sua senha: alguém parece conhecê-la.
challenge-title = Confirme que é você
challenge-lead = Este login parece incomum. Digite os seis dígitos que enviamos por e-mail. Eles valem por { $duration }.
challenge-lead-phone = Digite os seis dígitos que enviamos para { $telephone }. Eles valem por { $duration }.
challenge-phone-lead = Para manter programas de fora, enviamos um código ao seu telefone, só desta vez.
challenge-change-phone = Usar outro número
blocked-title = Você não pode entrar daqui
blocked-lead = Esta tentativa foi interrompida para proteger as contas. Se você acha que foi um engano, peça ajuda no site de onde veio.
blocked-back = Voltar

## Mensagens para quem administra o aplicativo

mail-webhook-endpoint-disabled-subject = Um endpoint de webhook foi desativado
mail-webhook-endpoint-disabled-subject-named = Um endpoint de webhook de { $application } foi desativado
mail-webhook-endpoint-disabled-body = Por muito tempo não foi possível entregar nada a este endpoint de webhook, por isso ele foi desativado: { $endpoint }
mail-webhook-endpoint-disabled-body-named = Por muito tempo não foi possível entregar nada a este endpoint de webhook de { $application }, por isso ele foi desativado: { $endpoint }
mail-webhook-endpoint-disabled-caution = Quando ele voltar a funcionar, ative-o e reenvie o que ele perdeu.

denied-title = Você não pode continuar
denied-lead = O aplicativo não permite a sua entrada. Se você acha que foi um engano, peça ajuda no site de onde veio.

portal-open-title = Configurar { $organization }
portal-open-lead = Em { $application } você pode configurar esta organização. O link abre o portal uma vez, neste navegador.
portal-open-submit = Abrir o portal
portal-sso-hint = Deixe sua equipe entrar por onde trabalha
portal-domains = Domínios
portal-domains-hint = Prove que seus domínios são seus
portal-certificates = Certificados
portal-certificates-hint = Renove os certificados do seu provedor de identidade
portal-audit-logs = Log de auditoria
portal-audit-logs-hint = Veja quem fez o quê e leve em um arquivo
portal-log-streams = Fluxos de log
portal-log-streams-hint = Envie o log de auditoria para onde você guarda logs
portal-return = Voltar para { $application }
portal-back = Voltar
portal-finish = Concluir
portal-done-title = Obrigado
portal-done-lead = { $organization } fica configurada como você deixou. Você pode fechar esta página.
portal-refused = Isso não foi aceito.
portal-saved = Foi salvo.
portal-removed = Foi removido.
portal-sent = O receptor aceitou o evento de teste.
portal-looking = Estamos procurando o registro. Recarregue a página em um minuto.
portal-state-draft = Ainda não configurada
portal-state-validating = Pronta para o teste
portal-state-active = Ligada
portal-state-inactive = Desligada
portal-state-pending = Ainda não provado
portal-state-verified = Provado
portal-state-failed = Não provado a tempo
portal-state-error = Não chega
portal-state-invalid = Recusa as credenciais
portal-sso-none = Ainda não há conexão com um provedor de identidade.
portal-sso-add = Adicionar um provedor de identidade
portal-provider = Provedor de identidade
portal-provider-saml = Outro, por SAML
portal-provider-oidc = Outro, por OpenID Connect
portal-copy = 1. Crie um aplicativo no seu provedor de identidade
portal-copy-hint = Copie isto para ele:
portal-give = 2. Diga onde está o seu provedor de identidade
portal-give-hint = Ele mostra isto depois que o aplicativo é criado.
portal-by-url = Pelo endereço dos metadados
portal-by-file = Pelo texto dos metadados
portal-by-hand = À mão
portal-attributes = 3. O que lemos de cada pessoa
portal-attributes-hint = Nomes comuns são encontrados sozinhos. Escreva como seu provedor de identidade chama o que chama de outro modo.
portal-attribute-id = ID
portal-attribute-groups = Grupos
portal-use = 4. Teste e ligue
portal-test = Testar o login
portal-test-hint = Você entra no seu provedor de identidade e vê o que nos é dito. Isso não faz login no { $application }. O primeiro login que funciona liga a conexão.
portal-test-title = O que voltou
portal-test-good = Funciona. Isto é o que nos é dito sobre você:
portal-test-failed = Ainda não funciona.
portal-test-raw = Tudo o que foi dito
portal-activate = Ligar
portal-activate-hint = A partir daí, sua equipe entra por ela.
portal-deactivate = Desligar
portal-deactivate-hint = Ninguém entra por ela até você ligar de novo. Quem já entrou continua assim.
portal-delete = Excluir
portal-delete-sure = Sim, tenho certeza
portal-delete-connection = Ninguém mais poderá entrar por ela, e para tê-la de volta é preciso configurá-la de novo.
portal-delete-stream = Nenhum evento é mais enviado e as credenciais são esquecidas. O log de auditoria permanece.
problem-portal-sure = Marque que você tem certeza.
portal-domains-none = Ainda não há domínio.
portal-domain = Domínio
portal-domain-add = Adicionar um domínio
portal-domain-record = Crie este registro onde o domínio é administrado. Procuramos por ele repetidamente.
portal-domain-check = Verificar agora
portal-domain-remove = Quem tem um endereço lá deixa de contar como um dos seus.
portal-type = Tipo
portal-value = Valor
portal-certificates-none = Nenhuma conexão tem certificado.
portal-certificate-ends = Termina em { $date }
portal-certificate-soon = Termina em breve: em { $date }
portal-certificate-over = Terminou em { $date }
portal-certificate = Certificado
portal-certificate-add = Adicionar um certificado novo
portal-certificate-hint = Os dois valem lado a lado. Remova o antigo quando seu provedor de identidade usar o novo.
portal-read-again = Ler os metadados de novo
portal-read-again-hint = Seu provedor de identidade nos informa os certificados sozinho, uma vez por dia.
portal-events-none = Não há eventos assim.
portal-search = Pesquisar
portal-action = Ação
portal-newer = Mais novos
portal-older = Mais antigos
portal-export = Exportar como CSV
portal-export-hint = Um arquivo com os eventos dos últimos 90 dias.
portal-export-pending = O arquivo está sendo criado. Recarregue esta página em instantes.
portal-export-ready = O arquivo está pronto.
portal-export-download = Baixar o arquivo
portal-export-failed = Não foi possível criar o arquivo. Tente de novo mais tarde.
portal-streams-none = O log de auditoria ainda não é enviado a lugar nenhum.
portal-stream-add = Adicionar um receptor
portal-receiver = Receptor
portal-stream-test = Enviar um evento de teste
portal-synced = Aceito pela última vez em { $date }
portal-waiting = { $count ->
    [one] Um evento aguarda
   *[other] { $count } eventos aguardam
}
failure-portal-over = Este link não funciona mais: já foi aberto, foi retirado ou é antigo demais. Peça outro onde você o obteve.
failure-portal-elsewhere = O link pelo qual você veio era para outra coisa. Peça outro onde você o obteve.
